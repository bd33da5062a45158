"""Lets the library of Standard Webhooks judge requests: see verify-webhooks.mjs."""

import json
import sys

from standardwebhooks.webhooks import Webhook

judged = 0
for request in json.load(sys.stdin):
    try:
        Webhook(request["secret"]).verify(request["body"], request["headers"])
        said, why = True, ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the library refuses
        said, why = False, repr(error)
    if said != request["valid"]:
        sys.exit(f"expected {request['valid']}, the library says {said} {why}: {request['headers']} {request['body']}")
    judged += 1
print(judged)
