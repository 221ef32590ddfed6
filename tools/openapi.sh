#!/bin/sh
# The description of the API in var/openapi.yaml, held against Redocly's rules; needs Node.js with npm.
set -eu
version=2.77.0
folder=var/redocly-$version
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
[ -x $folder/node_modules/.bin/redocly ] || npm install --no-save --no-audit --no-fund --ignore-scripts --prefix $folder @redocly/cli@$version
$folder/node_modules/.bin/redocly lint var/openapi.yaml
