"""Sends one file with Qiniu's own client, the way an ONES upload token wants.

Arguments: how (form, v2), store, upload token, path. Prints one JSON line: the
status and what the store answered, as the client gives them to its caller.
"""
import json
import sys

import qiniu
from qiniu import Region, put_file, put_file_v2, set_default

how, store, token, path = sys.argv[1:]
set_default(default_zone=Region(up_host=store, up_host_backup=store, scheme="http"))
# ONES' tokens name a bucket and no key.
send = {"form": put_file, "v2": put_file_v2}[how]
answer, info = send(token, None, path, version="v2") if how == "v2" else send(token, None, path)
print(json.dumps({
    "client": qiniu.__version__,
    "status": info.status_code,
    "request_id": info.req_id,
    "answer": answer,
}))
