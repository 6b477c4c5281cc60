// Package rooms holds the plan of the house: which packages there are, what
// each is for, and what each may import.
//
// It owns the table ([Table]) and a test that reads every Go file of the
// module and fails, with a sentence that says why, on a package that the table
// does not list, on an import that it does not allow, on a package without a
// doc.go, and on test code that a program would link. It also keeps the map in
// CONTRIBUTING.md equal to the table.
//
// Nothing imports this package, and it never runs in a program.
package rooms
