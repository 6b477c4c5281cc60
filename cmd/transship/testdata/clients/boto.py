# A round trip with boto3: objects, and a job from its making to its report.
# The buckets and the role are there.
import io
import json
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

once = Config(retries={"total_max_attempts": 1})  # a retry would hide a fault
ACCOUNT = "222222222222"


def client(service, profile, config=once, **more):
    return boto3.Session(profile_name=profile).client(service, config=config, **more)


def s3(profile):
    return client("s3", profile, endpoint_url=os.environ["LAB_S3"])


def refuses(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e
    raise AssertionError("not refused with " + code)


old, new = s3("source"), s3("destination")
large = b"0123456789abcdef" * (9 << 16)
old.upload_fileobj(io.BytesIO(large), "old-photos", "large ü+.bin", ExtraArgs={"Metadata": {"owner": "ann"}})  # in parts
old.put_object(Bucket="old-photos", Key="a.jpg", Body=b"a", Tagging="team=moving")
got = io.BytesIO()
old.download_fileobj("old-photos", "large ü+.bin", got)
assert got.getvalue() == large
keys = [o["Key"] for page in old.get_paginator("list_objects_v2").paginate(Bucket="old-photos", PaginationConfig={"PageSize": 1}) for o in page["Contents"]]
assert keys == ["a.jpg", "large ü+.bin"], keys
refuses("AccessDenied", new.get_object, Bucket="old-photos", Key="a.jpg")
refuses("NoSuchKey", old.get_object, Bucket="old-photos", Key="none")

etag = new.put_object(Bucket="new-reports", Key="py.csv", Body="old-photos,a.jpg\nold-photos,large+%C3%BC%2B.bin\n".encode())["ETag"]
# This botocore puts the account id before the host, whatever the Region; with
# the service as its proxy it need not resolve that name.
jobs = client("s3control", "destination", endpoint_url="http://control.test",
              config=once.merge(Config(proxies={"http": os.environ["LAB_CONTROL"]})))
job = jobs.create_job(
    AccountId=ACCOUNT, Priority=1, RoleArn="arn:aws:iam::222222222222:role/BatchCopy", ConfirmationRequired=False,
    ClientRequestToken="py-once",
    Operation={"S3PutObjectCopy": {"TargetResource": "arn:aws:s3:::new-photos", "TargetKeyPrefix": "py"}},
    Manifest={"Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
              "Location": {"ObjectArn": "arn:aws:s3:::new-reports/py.csv", "ETag": etag}},
    Report={"Enabled": True, "Bucket": "arn:aws:s3:::new-reports", "Prefix": "py", "Format": "Report_CSV_20180820", "ReportScope": "AllTasks"},
)["JobId"]
while True:
    described = jobs.describe_job(AccountId=ACCOUNT, JobId=job)["Job"]
    if described["Status"] in ("Complete", "Failed", "Cancelled"):
        break
    time.sleep(0.02)
assert described["Status"] == "Complete", described
assert described["ProgressSummary"]["NumberOfTasksSucceeded"] == 2, described
copied = new.get_object(Bucket="new-photos", Key="py/large ü+.bin")
assert copied["Body"].read() == large and copied["Metadata"] == {"owner": "ann"}, copied
assert new.get_object_tagging(Bucket="new-photos", Key="py/a.jpg")["TagSet"] == [{"Key": "team", "Value": "moving"}]
index = json.loads(new.get_object(Bucket="new-reports", Key="py/job-%s/manifest.json" % job)["Body"].read())
rows = new.get_object(Bucket="new-reports", Key=index["Results"][0]["Key"])["Body"].read().decode().splitlines()
assert len(rows) == 2 and all(",succeeded,200," in row for row in rows), rows

assert job in [j["JobId"] for j in jobs.list_jobs(AccountId=ACCOUNT)["Jobs"]]
refuses("JobStatusException", jobs.update_job_status, AccountId=ACCOUNT, JobId=job, RequestedJobStatus="Cancelled")
refuses("NotFoundException", jobs.describe_job, AccountId=ACCOUNT, JobId="00000000-0000-4000-8000-000000000000")
print("all well")
