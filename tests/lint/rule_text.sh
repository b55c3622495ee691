#!/bin/bash
# No text that belongs to the making of the software and not to the software: marks of unfinished
# work, paths of a developer's machine, hosts of package mirrors, talk about who or what made it.
# And no file above 1 MB. The patterns are written so that they do not match themselves.
. "$(dirname "$0")/common.sh"
unfinished='\b[T]ODO\b|\b[F]IXME\b|\b[X]XX\b|\b[s]tub(s|bed)?\b|\b[p]laceholders?\b|\bnot ([y]et )?[i]mplemented\b'
machine='(^|[^A-Za-z0-9_.])/([w]ork|[f]arm|[h]ome|[r]oot|[m]nt)/'
hosts='deb\.[d]ebian\.org|security\.[d]ebian\.org|registry\.[n]pmjs|pypi\.[o]rg|pythonhosted\.[o]rg|crates\.[i]o|proxy\.[g]olang'
makers='\b([a]gents?|[c]laude|[a]nthropic|[c]hatgpt|[o]penai|[c]opilot|language [m]odels?|[s]ubagents?)\b'

check() {
    files | xargs -d '\n' grep -nIiE "$unfinished|$machine|$hosts|$makers" /dev/null
    files '\.md$' | xargs -d '\n' grep -nIiE '\b[s]essions?\b' /dev/null
    files | xargs -d '\n' stat -c '%s %n' | awk '$1 > 1048576 { print $2 ": larger than 1 MB" }'
}

plant_unfinished() { echo "/* $(printf 'to%s' do): finish */" >>engine/base/json.c; }
plant_not_implemented() { echo "not $(printf 'imple%s' mented)" >>inputs/README.md; }
plant_machine() { echo "data = '/$(printf 'wo%s' rk)/main/data.csv'" >>tests/support/assertions.c; }
plant_host() { echo "http://$(printf 'deb.%s' debian.org)/debian" >>Makefile; }
plant_maker() { echo "written by an $(printf 'age%s' nt)" >>inputs/README.md; }
plant_meeting() { echo "as found in an earlier $(printf 'sess%s' ion)" >>inputs/README.md; }
plant_large() { head -c 1100000 /dev/zero >inputs/large.bin; }
rule
