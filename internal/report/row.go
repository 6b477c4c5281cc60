package report

import (
	"strconv"
	"strings"

	"github.com/transship/transship"
)

// Schema is the text that AWS publishes in manifest.json. The columns come in
// another order: the status stands before the error code.
const Schema = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"

// Classes of outcome, as they stand in rows and in manifest.json.
const (
	classSucceeded = "succeeded"
	classFailed    = "failed"
)

// columns of a row.
const columns = 7

func classOf(r transship.Result) string {
	if r.Succeeded {
		return classSucceeded
	}
	return classFailed
}

// appendRow adds one line: Bucket, Key as the manifest has it, VersionId,
// TaskStatus, HTTPStatusCode, ErrorCode, ResultMessage.
func appendRow(b []byte, r transship.Result) []byte {
	status := r.HTTPStatus
	if status == 0 && r.Succeeded {
		status = 200
	}
	text := ""
	if status != 0 {
		text = strconv.Itoa(status)
	}
	for i, field := range [columns]string{r.Bucket, r.RawKey, r.RawVersion, classOf(r), text, r.ErrorCode,
		strings.ToValidUTF8(r.Message, "\uFFFD")} {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendField(b, field)
	}
	return append(b, '\n')
}

// appendField quotes only what would not be read back otherwise.
func appendField(b []byte, field string) []byte {
	if !strings.ContainsAny(field, ",\"\n\r") {
		return append(b, field...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(field, `"`, `""`)...)
	return append(b, '"')
}

// result makes a row's fields a result. The published schema and the real
// order contradict each other; of the two middle columns the one that is a bare
// three-digit number is the status.
func result(fields []string) transship.Result {
	status, code := fields[4], fields[5]
	if !threeDigits(status) && (threeDigits(code) || status != "" && code == "") {
		status, code = code, status
	}
	r := transship.Result{Bucket: fields[0], RawKey: fields[1], RawVersion: fields[2],
		Succeeded: fields[3] == classSucceeded, ErrorCode: code, Message: fields[6]}
	if threeDigits(status) {
		r.HTTPStatus, _ = strconv.Atoi(status)
	}
	return r
}

func threeDigits(s string) bool { return len(s) == 3 && strings.Trim(s, "0123456789") == "" }
