// Package inventory lists buckets and writes and reads S3 Inventory reports.
//
// It owns the parallel listing ([Lister]), the layout of a report in a bucket
// (reference 7.2 to 7.4: data files, Hive symlink, manifest.json,
// manifest.checksum) and the columns and key text of its rows ([Writer],
// [Reader]). It does not own when an inventory runs, whom it runs for, or what
// a job makes of its rows.
//
// A listing is one stream in UTF-8 binary order of keys, whatever number of
// ranges it was listed in. Memory is bounded by pages, not by objects.
//
// What never happens here: a failed page that looks like the end of a bucket;
// a page out of order that is taken; a data file that counts as read before
// its size and MD5 have been compared with the manifest.
package inventory
