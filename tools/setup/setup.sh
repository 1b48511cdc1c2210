#!/usr/bin/env bash
# Brings a checkout to where every other target works: packages, then the programs that npm does not have.
# Idempotent; when nothing changed it only compares a hash. Needs git, make, Node 18 or newer with npm.
set -euo pipefail
cd "$(dirname "$0")/../.."

stamp=.run/setup.stamp
wanted=$(cat package.json package-lock.json tools/setup/* | sha256sum)
if [[ -x node_modules/.bin/node && -x .run/bin/nats-server && "$(cat "$stamp" 2>/dev/null)" == "$wanted" ]]; then
  exit 0
fi

command -v npm >/dev/null || { echo "setup: npm not found: install Node.js 18 or newer" >&2; exit 1; }
mkdir -p .run
# Not npm ci: it refuses a lock that lacks the optional packages of platforms nobody here has used yet.
npm install --no-save --no-progress --loglevel=error
npm run --silent setup:programs
cat package.json package-lock.json tools/setup/* | sha256sum >"$stamp"
