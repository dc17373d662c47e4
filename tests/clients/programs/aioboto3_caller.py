"""aioboto3, told over standard input what to ask: see tests/clients/programs/__init__.py. Imports nothing of ours."""

import asyncio
import json
import sys
from datetime import datetime

import aioboto3
from botocore import xform_name
from botocore.exceptions import ClientError


async def answer(turk, order):
    name = xform_name(order["operation"])
    try:
        if "page_size" in order:
            pages = turk.get_paginator(name).paginate(
                PaginationConfig={"PageSize": order["page_size"]}, **order["members"]
            )
            return {"pages": [page async for page in pages]}
        return {"answer": await getattr(turk, name)(**order["members"])}
    except ClientError as error:
        said = error.response["Error"]
        return {"refused": [said["Code"], said["Message"]]}


async def main():
    async with aioboto3.Session().client("mturk") as turk:
        while line := await asyncio.to_thread(sys.stdin.readline):
            told = await answer(turk, json.loads(line))
            print(json.dumps(told, default=datetime.isoformat), flush=True)


asyncio.run(main())
