"""boto3, told over standard input what to ask: see tests/clients/programs/__init__.py. Imports nothing of ours."""

import json
import sys
from datetime import datetime

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError


def answer(turk, order):
    name = xform_name(order["operation"])
    try:
        if "page_size" in order:
            pages = turk.get_paginator(name).paginate(
                PaginationConfig={"PageSize": order["page_size"]}, **order["members"]
            )
            return {"pages": list(pages)}
        return {"answer": getattr(turk, name)(**order["members"])}
    except ClientError as error:
        said = error.response["Error"]
        return {"refused": [said["Code"], said["Message"]]}


def main():
    turk = boto3.client("mturk")
    for line in sys.stdin:
        told = answer(turk, json.loads(line))
        print(json.dumps(told, default=datetime.isoformat), flush=True)


main()
