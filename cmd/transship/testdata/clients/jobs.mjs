// The life of a job through @aws-sdk/client-s3-control, by both ways to a
// service without a name of its own. The buckets and the role are there.
import assert from "node:assert/strict";
import * as S3 from "@aws-sdk/client-s3";
import * as Control from "@aws-sdk/client-s3-control";
import { s3, jobs, prefixedJobs, refuses } from "./lab.mjs";

const AccountId = "222222222222";
const client = jobs("destination");
const call = (Command, input, by = client) => by.send(new Control[Command + "Command"]({ AccountId, ...input }));
const bucket = s3("destination");

for (const Key of ["a.jpg", "b c.jpg"]) await s3("source").send(new S3.PutObjectCommand({ Bucket: "old-photos", Key, Body: Key }));
const manifest = await bucket.send(new S3.PutObjectCommand({ Bucket: "new-reports", Key: "js.csv", Body: "old-photos,a.jpg\nold-photos,b+c.jpg\nold-photos,gone.jpg\n" }));

const job = {
  ConfirmationRequired: true,
  ClientRequestToken: "js-once",
  Priority: 10,
  Description: "größer & <odd>",
  RoleArn: "arn:aws:iam::222222222222:role/BatchCopy",
  Operation: {
    S3PutObjectCopy: {
      TargetResource: "arn:aws:s3:::new-photos",
      TargetKeyPrefix: "js",
      MetadataDirective: "REPLACE",
      NewObjectMetadata: { ContentType: "image/jpeg", UserMetadata: { moved: "yes" } },
      NewObjectTagging: [],
      ChecksumAlgorithm: "SHA256",
    },
  },
  Manifest: {
    Spec: { Format: "S3BatchOperations_CSV_20180820", Fields: ["Bucket", "Key"] },
    Location: { ObjectArn: "arn:aws:s3:::new-reports/js.csv", ETag: manifest.ETag },
  },
  Report: { Enabled: true, Bucket: "arn:aws:s3:::new-reports", Prefix: "js", Format: "Report_CSV_20180820", ReportScope: "FailedTasksOnly" },
};

const until = async (JobId, wanted) => {
  for (;;) {
    const { Job } = await call("DescribeJob", { JobId });
    if (Job.Status === wanted) return Job;
    assert.ok(!["Failed", "Complete", "Cancelled"].includes(Job.Status), `${Job.Status}, want ${wanted}: ${JSON.stringify(Job.FailureReasons)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const { JobId } = await call("CreateJob", job);
assert.equal((await call("CreateJob", job, prefixedJobs("destination"))).JobId, JobId); // the token makes it once
await refuses("IdempotencyException", call("CreateJob", { ...job, Priority: 11 }), Control.IdempotencyException);

const waiting = await until(JobId, "Suspended");
assert.equal(waiting.SuspendedCause, "AWAITING_CONFIRMATION");
assert.equal(waiting.Description, job.Description);
assert.deepEqual(waiting.Operation.S3PutObjectCopy.NewObjectMetadata.UserMetadata, { moved: "yes" });
assert.ok(waiting.CreationTime instanceof Date && waiting.SuspendedDate instanceof Date);
assert.equal((await call("UpdateJobPriority", { JobId, Priority: 77 }, prefixedJobs("destination"))).Priority, 77);
assert.equal((await call("UpdateJobStatus", { JobId, RequestedJobStatus: "Ready" })).Status, "Ready");
const done = await until(JobId, "Complete");
assert.deepEqual(
  [done.Priority, done.ProgressSummary.TotalNumberOfTasks, done.ProgressSummary.NumberOfTasksSucceeded, done.ProgressSummary.NumberOfTasksFailed],
  [77, 3, 2, 1],
);

// What was copied, and what the report says was not.
const copy = await bucket.send(new S3.GetObjectCommand({ Bucket: "new-photos", Key: "js/b c.jpg", ChecksumMode: "ENABLED" }));
assert.equal(await copy.Body.transformToString(), "b c.jpg");
assert.deepEqual([copy.Metadata, copy.ContentType, copy.TagCount], [{ moved: "yes" }, "image/jpeg", undefined]);
assert.ok(copy.ChecksumSHA256);
const read = async (Key) => (await bucket.send(new S3.GetObjectCommand({ Bucket: "new-reports", Key }))).Body.transformToString();
const { Results } = JSON.parse(await read(`js/job-${JobId}/manifest.json`));
assert.deepEqual(Results.map((r) => r.TaskExecutionStatus), ["failed"]);
assert.match(await read(Results[0].Key), /^old-photos,gone\.jpg,,failed,404,NoSuchKey,[^\n]*\n$/);

// A list in pages, a job that fails, one that is cancelled.
const other = await call("CreateJob", { ...job, ClientRequestToken: "js-missing", ConfirmationRequired: false, Manifest: { ...job.Manifest, Location: { ObjectArn: "arn:aws:s3:::new-reports/none.csv", ETag: "e" } } });
const failed = await until(other.JobId, "Failed");
assert.match(failed.FailureReasons[0].FailureReason, /new-reports/);
assert.match(failed.FailureReasons[0].FailureReason, /none\.csv/);
const third = await call("CreateJob", { ...job, ClientRequestToken: "js-cancel" });
await until(third.JobId, "Suspended");
await call("UpdateJobStatus", { JobId: third.JobId, RequestedJobStatus: "Cancelled", StatusUpdateReason: "not today" });
assert.equal((await until(third.JobId, "Cancelled")).StatusUpdateReason, "not today");
const listed = [];
for await (const page of Control.paginateListJobs({ client, pageSize: 2 }, { AccountId })) listed.push(...page.Jobs.map((j) => j.JobId));
assert.deepEqual([...listed].sort(), [JobId, other.JobId, third.JobId].sort());
assert.deepEqual((await call("ListJobs", { JobStatuses: ["Failed"] })).Jobs.map((j) => j.JobId), [other.JobId]);

// Errors by their types.
await refuses("JobStatusException", call("UpdateJobStatus", { JobId, RequestedJobStatus: "Cancelled" }), Control.JobStatusException);
await refuses("NotFoundException", call("DescribeJob", { JobId: "00000000-0000-4000-8000-000000000000" }), Control.NotFoundException);
await refuses("BadRequestException", call("CreateJob", { ...job, ClientRequestToken: "js-bad", RoleArn: "arn:aws:iam::222222222222:user/x" }), Control.BadRequestException);
await refuses("InvalidNextTokenException", call("ListJobs", { NextToken: "nonsense" }), Control.InvalidNextTokenException);
await refuses("InvalidRequestException", call("ListJobs", { JobStatuses: ["Dancing"] }), Control.InvalidRequestException);
await refuses("AccessDenied", call("ListJobs", {}, jobs("source")));
await refuses("AccessDenied", call("ListJobs", {}, jobs("operator")));
console.log("all well");
