package main

import "github.com/spf13/cobra"

func newInventoryCommand(e *env) *cobra.Command {
	return group("inventory", "Write and read inventories: lists of a bucket's objects in S3 Inventory's layout",
		newInventoryCreateCommand(e), newInventoryShowCommand(e))
}
