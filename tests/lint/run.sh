#!/bin/bash
# House rules: every tests/lint/rule_*.sh, each of which prints what breaks it and exits non-zero.
# A rule called with --planted must find the faults it plants itself, so that no rule is asleep.
# Lines of a rule that begin with # are remarks.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
number=0
for rule in tests/lint/rule_*.sh; do
    name=$(basename "$rule" .sh)
    for mode in "" --planted; do
        number=$((number + 1))
        if output=$(bash "$rule" $mode 2>&1); then
            echo "ok $number $name $mode"
            grep '^#' <<<"$output"
        else
            echo "not ok $number $name $mode"
            printf '%s\n' "$output" | sed 's/^/    /'
            bad=1
        fi
    done
done
exit $bad
