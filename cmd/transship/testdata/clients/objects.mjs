// Objects through @aws-sdk/client-s3 and @aws-sdk/lib-storage with their
// defaults of today: CRC32 of every upload, as a trailer of an aws-chunked body
// where the body is a stream.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import * as S3 from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { s3, hostedS3, refuses } from "./lab.mjs";

const client = s3("source");
const Bucket = "js-objects";
const call = (Command, input) => client.send(new S3[Command + "Command"]({ Bucket, ...input }));
const text = async (out) => out.Body.transformToString();

await call("CreateBucket");
await call("PutBucketVersioning", { VersioningConfiguration: { Status: "Enabled" } });

const odd = ["plain", "a b+c%20d", "ü/日本/😀", "//lead//../x/", "quote'\"&<>", "a\nb", "~!*()';:@&=+$,?#[]"];
for (const Key of odd) {
  const put = await call("PutObject", { Key, Body: `holds ${Key}`, Metadata: { owner: "ann" }, Tagging: "team=moving&empty=" });
  assert.ok(put.ChecksumCRC32 && put.VersionId, Key);
  const got = await call("GetObject", { Key, ChecksumMode: "ENABLED" });
  assert.equal(await text(got), `holds ${Key}`); // the SDK checks the checksum
  assert.equal(got.ChecksumCRC32, put.ChecksumCRC32);
  assert.deepEqual(got.Metadata, { owner: "ann" });
  assert.equal(got.TagCount, 2);
  const copied = await call("CopyObject", { Key: "copy/" + Key, CopySource: `${Bucket}/${encodeURIComponent(Key)}` });
  assert.equal(copied.CopyObjectResult.ETag, put.ETag);
}

// The same with the bucket's name before the host.
const hosted = hostedS3("source");
for (const Key of odd) {
  await hosted.send(new S3.PutObjectCommand({ Bucket, Key, Body: `hosted ${Key}` }));
  assert.equal(await text(await hosted.send(new S3.GetObjectCommand({ Bucket, Key }))), `hosted ${Key}`);
}
await call("DeleteObject", { Key: "plain", VersionId: (await call("HeadObject", { Key: "plain" })).VersionId });

// A stream goes out as aws-chunked with a trailing checksum; four algorithms.
for (const ChecksumAlgorithm of [undefined, "CRC32C", "SHA1", "SHA256"]) {
  const Key = "stream-" + ChecksumAlgorithm;
  const put = await call("PutObject", { Key, Body: Readable.from([Buffer.alloc(70_000, "a"), Buffer.from("end")]), ContentLength: 70_003, ChecksumAlgorithm });
  assert.ok(put["Checksum" + (ChecksumAlgorithm ?? "CRC32")], Key);
  assert.equal((await call("HeadObject", { Key })).ContentLength, 70_003);
}
await refuses("BadDigest", call("PutObject", { Key: "wrong", Body: "x", ChecksumCRC32: "AAAAAA==" }));

// In parts: by the library, by hand, and by copying.
const large = Buffer.alloc(11 << 20, "0123456789");
const done = await new Upload({ client, params: { Bucket, Key: "large", Body: Readable.from([large.subarray(0, 6 << 20), large.subarray(6 << 20)]) } }).done();
assert.match(done.ETag, /-3"$/);
assert.equal(Buffer.compare(Buffer.from(await (await call("GetObject", { Key: "large", ChecksumMode: "ENABLED" })).Body.transformToByteArray()), large), 0);
const { UploadId } = await call("CreateMultipartUpload", { Key: "pieces" });
const parts = [];
for (const [i, CopySourceRange] of ["bytes=0-5242879", "bytes=5242880-11534335"].entries()) {
  const part = await call("UploadPartCopy", { Key: "pieces", UploadId, PartNumber: i + 1, CopySource: `${Bucket}/large`, CopySourceRange });
  parts.push({ PartNumber: i + 1, ETag: part.CopyPartResult.ETag, ChecksumCRC32: part.CopyPartResult.ChecksumCRC32 });
}
assert.equal((await call("ListParts", { Key: "pieces", UploadId })).Parts.length, 2);
await call("CompleteMultipartUpload", { Key: "pieces", UploadId, MultipartUpload: { Parts: parts } });
assert.equal((await call("HeadObject", { Key: "pieces" })).ContentLength, large.length);
await refuses("NoSuchUpload", call("AbortMultipartUpload", { Key: "pieces", UploadId }), S3.NoSuchUpload);

// Listings: pages, delimiter, versions and markers.
const keys = [];
for await (const page of S3.paginateListObjectsV2({ client, pageSize: 3 }, { Bucket })) keys.push(...page.Contents.map((o) => o.Key));
assert.equal(keys.length, 2 * odd.length + 6);
for (const Key of odd) assert.ok(keys.includes(Key) && keys.includes("copy/" + Key), Key);
const top = await call("ListObjectsV2", { Delimiter: "/", Prefix: "copy/" });
assert.deepEqual(top.CommonPrefixes.map((p) => p.Prefix), ["copy//", "copy/ü/"]);
await call("PutObject", { Key: "plain", Body: "second" });
await call("DeleteObject", { Key: "plain" });
const versions = await call("ListObjectVersions", { Prefix: "plain" });
assert.deepEqual([versions.Versions.length, versions.DeleteMarkers.length, versions.DeleteMarkers[0].IsLatest], [2, 1, true]);
assert.equal(await text(await call("GetObject", { Key: "plain", VersionId: versions.Versions[1].VersionId })), "holds plain");
const deleted = await call("DeleteObjects", { Delete: { Objects: versions.Versions.map(({ Key, VersionId }) => ({ Key, VersionId })) } });
assert.equal(deleted.Deleted.length, 2);

// Ranges, conditions, tags and errors by their types.
assert.equal(await text(await call("GetObject", { Key: "large", Range: "bytes=-4" })), large.subarray(-4).toString());
await refuses("PreconditionFailed", call("PutObject", { Key: "large", Body: "x", IfNoneMatch: "*" }));
await refuses("PreconditionFailed", call("GetObject", { Key: "large", IfMatch: '"other"' }));
const unchanged = await refuses("Unknown", call("GetObject", { Key: "large", IfNoneMatch: done.ETag })); // no body, no code
assert.equal(unchanged.$metadata.httpStatusCode, 304);
const attributes = await call("GetObjectAttributes", { Key: "large", ObjectAttributes: ["ETag", "ObjectSize", "ObjectParts", "Checksum"] });
assert.deepEqual([`"${attributes.ETag}"`, attributes.ObjectSize, attributes.ObjectParts.TotalPartsCount], [done.ETag, large.length, 3]);
await call("PutObjectTagging", { Key: "large", Tagging: { TagSet: [{ Key: "a", Value: "b c" }] } });
assert.deepEqual((await call("GetObjectTagging", { Key: "large" })).TagSet, [{ Key: "a", Value: "b c" }]);
await refuses("NoSuchKey", call("GetObject", { Key: "none" }), S3.NoSuchKey);
await refuses("NotFound", call("HeadObject", { Key: "none" }), S3.NotFound);
await refuses("NoSuchBucket", call("ListObjectsV2", { Bucket: "no-such-bucket-here" }), S3.NoSuchBucket);
await refuses("BucketAlreadyExists", s3("destination").send(new S3.CreateBucketCommand({ Bucket })), S3.BucketAlreadyExists);
await refuses("AccessDenied", s3("operator").send(new S3.GetObjectCommand({ Bucket, Key: "large" })));
console.log("all well");

