#!/bin/bash
# One version number: VERSION in the Makefile, in CITATION.cff, and on top of the changelog, below what is not released.
. "$(dirname "$0")/common.sh"

check() {
    local version
    version=$(sed -n 's/^VERSION := //p' Makefile)
    grep -qx "version: $version" CITATION.cff || echo "CITATION.cff: version is not $version"
    [[ $(grep -E '^## ' .github/CHANGELOG.md | grep -vm1 '(not released)$') == "## $version"* ]] ||
        echo ".github/CHANGELOG.md: the first released heading is not ## $version"
}

plant_version() { sed -i 's/^VERSION := .*/VERSION := 9.9.9/' Makefile; }
plant_changelog() { sed -i 's/^## .*/## 9.9.9/' .github/CHANGELOG.md; }
rule
