package jobclient

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/transship/transship"
)

// createInput is the request that makes job.
func createInput(job *transship.Job) (*s3control.CreateJobInput, error) {
	if job.Operation.Copy == nil {
		return nil, &transship.Error{Code: transship.Invalid, Op: "create a job", Message: "it has no operation"}
	}
	copying, err := copyInput(job.Operation.Copy)
	if err != nil {
		return nil, err
	}
	in := &s3control.CreateJobInput{
		Operation:            &types.JobOperation{S3PutObjectCopy: copying},
		ConfirmationRequired: aws.Bool(job.Confirmation),
		Priority:             aws.Int32(job.Priority),
		RoleArn:              optional(job.RoleARN),
		Description:          optional(job.Description),
		ClientRequestToken:   optional(job.Token),
		Manifest: &types.JobManifest{
			Spec:     &types.JobManifestSpec{Format: types.JobManifestFormat(job.Manifest.Format)},
			Location: &types.JobManifestLocation{ObjectArn: optional(job.Manifest.ObjectARN), ETag: optional(job.Manifest.ETag), ObjectVersionId: optional(job.Manifest.ObjectVersionID)},
		},
		Report: &types.JobReport{Enabled: job.Report.Enabled},
	}
	for _, f := range job.Manifest.Fields {
		in.Manifest.Spec.Fields = append(in.Manifest.Spec.Fields, types.JobManifestFieldName(f))
	}
	if job.Report.Enabled {
		in.Report.Bucket, in.Report.Prefix = optional(job.Report.BucketARN), optional(job.Report.Prefix)
		in.Report.Format, in.Report.ReportScope = types.JobReportFormat(job.Report.Format), types.JobReportScope(job.Report.Scope)
		in.Report.ExpectedBucketOwner = optional(job.Report.ExpectedBucketOwner)
	}
	in.Tags = tags(job.Tags)
	return in, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func tags(list []transship.Tag) []types.S3Tag {
	var out []types.S3Tag
	for _, t := range list {
		out = append(out, types.S3Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	return out
}

// copyInput maps table 3.2, field by field.
func copyInput(c *transship.CopyOperation) (*types.S3CopyObjectOperation, error) {
	if c.Stream || c.KeepStorageClass || c.IfMatch || c.IfNoneMatch {
		return nil, &transship.Error{Code: transship.Unsupported, Op: "create a job",
			Message: "streaming, kept storage classes, if-match and if-none-match are not part of the S3 Control API",
			Hint:    "transship copy has them"}
	}
	out := &types.S3CopyObjectOperation{
		TargetResource: optional(c.TargetResource), TargetKeyPrefix: optional(c.TargetKeyPrefix),
		MetadataDirective:         types.S3MetadataDirective(c.MetadataDirective),
		CannedAccessControlList:   types.S3CannedAccessControlList(c.CannedACL),
		StorageClass:              types.S3StorageClass(c.StorageClass),
		SSEAwsKmsKeyId:            optional(c.SSEKMSKeyID),
		ChecksumAlgorithm:         types.S3ChecksumAlgorithm(c.ChecksumAlgorithm),
		ModifiedSinceConstraint:   c.ModifiedSince,
		UnModifiedSinceConstraint: c.UnmodifiedSince,
		RedirectLocation:          optional(c.RedirectLocation),
		RequesterPays:             c.RequesterPays,
		BucketKeyEnabled:          c.BucketKeyEnabled,
		ObjectLockLegalHoldStatus: types.S3ObjectLockLegalHoldStatus(c.LegalHold),
		ObjectLockMode:            types.S3ObjectLockMode(c.ObjectLockMode),
		ObjectLockRetainUntilDate: c.RetainUntil,
	}
	if c.NewTagging != nil {
		out.NewObjectTagging = append([]types.S3Tag{}, tags(*c.NewTagging)...)
	}
	if m := c.NewMetadata; m != nil {
		out.NewObjectMetadata = &types.S3ObjectMetadata{
			CacheControl: optional(m.CacheControl), ContentDisposition: optional(m.ContentDisposition), ContentEncoding: optional(m.ContentEncoding),
			ContentLanguage: optional(m.ContentLanguage), ContentType: optional(m.ContentType), HttpExpiresDate: m.Expires,
			UserMetadata: m.UserMetadata, SSEAlgorithm: types.S3SSEAlgorithm(m.SSEAlgorithm),
		}
	}
	for _, g := range c.Grants {
		out.AccessControlGrants = append(out.AccessControlGrants, types.S3Grant{
			Grantee:    &types.S3Grantee{TypeIdentifier: types.S3GranteeTypeIdentifier(g.GranteeType), Identifier: optional(g.Grantee), DisplayName: optional(g.DisplayName)},
			Permission: types.S3Permission(g.Permission)})
	}
	if strings.TrimSpace(c.TargetResource) == "" {
		return nil, &transship.Error{Code: transship.Invalid, Op: "create a job", Message: "the copy has no TargetResource (the destination's bucket ARN)"}
	}
	return out, nil
}
