#!/usr/bin/env bash
# Serves the release build in demo mode on http://127.0.0.1:3000, or where HOLDFAST_LISTEN says.

source "$(dirname "$0")/say.sh"

export HOLDFAST_DEMO=${HOLDFAST_DEMO:-1}
exec target/release/holdfast serve "$@"
