#!/usr/bin/env bash
# Wire compatibility of proto/ with the last commit, or with the one before when the work tree holds no change to it.
# A base without proto/ (or a clone without history) has nothing to break.
set -euo pipefail
cd "$(dirname "$0")/../.."

base=HEAD
if [[ -z "$(git status --porcelain -- proto)" ]]; then base=HEAD^; fi
if ! git cat-file -e "$base:proto/buf.yaml" 2>/dev/null; then
  echo "buf breaking: $base has no proto/, nothing to compare with"
  exit 0
fi
buf breaking proto --against ".git#ref=$(git rev-parse "$base"),subdir=proto"
