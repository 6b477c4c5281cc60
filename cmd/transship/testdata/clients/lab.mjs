// Clients of the AWS SDK for JavaScript, as its documentation has them, for the
// profiles of the lab.
import assert from "node:assert/strict";
import http from "node:http";
import { S3Client } from "@aws-sdk/client-s3";
import { S3ControlClient } from "@aws-sdk/client-s3-control";

const { LAB_S3, LAB_CONTROL } = process.env;
const once = { maxAttempts: 1 }; // a retry would hide a fault

// Some names below localhost are not resolved by every system; a lookup of the
// client's own finds them.
const belowLocalhost = () => ({
  httpAgent: new http.Agent({
    lookup: (host, options, done) => {
      assert.match(host, /^[a-z0-9-]+\.localhost$/);
      options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
    },
  }),
});
const local = (url) => `http://localhost:${new URL(url).port}`;

export const s3 = (profile) => new S3Client({ profile, region: "us-east-1", endpoint: LAB_S3, forcePathStyle: true, ...once });

// The bucket's name before the host, as the SDK has it by default.
export const hostedS3 = (profile) => new S3Client({ profile, region: "us-east-1", endpoint: local(LAB_S3), requestHandler: belowLocalhost(), ...once });

// Region snow: the account id is not put before the host.
export const jobs = (profile) => new S3ControlClient({ profile, region: "snow", endpoint: LAB_CONTROL, ...once });

// Any other Region puts it there.
export const prefixedJobs = (profile) =>
  new S3ControlClient({ profile, region: "us-east-1", endpoint: local(LAB_CONTROL), requestHandler: belowLocalhost(), ...once });

// refuses demands an error of that name (and class, where the SDK has one).
export async function refuses(name, calling, type) {
  try {
    await calling;
  } catch (error) {
    assert.equal(error.name, name, error.message);
    if (type) assert.ok(error instanceof type, `${name} is no ${type.name}`);
    return error;
  }
  assert.fail(`not refused with ${name}`);
}
