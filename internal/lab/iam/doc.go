// Package iam is the lab's IAM: accounts, users, access keys, roles and their
// inline policies, and the temporary credentials of role sessions.
//
// It owns one JSON file in the lab's data folder, who a pair of credentials
// belongs to, and the part of IAM's Query API that Handler names. It does not
// check signatures, does not decide S3 calls, and does not assume roles: that
// is the sts room, which asks this one for the role and for a session.
//
// The file is replaced whole (written beside, synced, renamed, folder synced)
// before a change is visible; a change that could not be written did not
// happen. Sessions are not in it: a session token carries its session, sealed
// with a key from the file, so sessions survive a restart and need no sweeping.
//
// What never happens here: a policy that is stored though it was not
// understood, a damaged file that is reset, a secret in an error.
package iam
