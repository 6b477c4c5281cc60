package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionInfo is what `transship version --output json` prints.
type versionInfo struct {
	Version  string `json:"version"`  // the module's, or (devel)
	Revision string `json:"revision"` // of the checkout, with "+changes" where it was not clean
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print which transship this is", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := buildVersion()
			return e.printPairs(v, [][2]string{
				{"transship", v.Version}, {"revision", v.Revision}, {"go", v.Go}, {"platform", v.Platform},
			})
		},
	}
}

func buildVersion() versionInfo {
	v := versionInfo{Version: "(devel)", Revision: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed {
		v.Revision += "+changes"
	}
	return v
}
