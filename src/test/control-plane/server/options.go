package server

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// options are the flags of `k3s server` that a test harness uses: one harness then starts either image.
type options struct {
	// subjectNames are further names and addresses that the API server's certificate is valid for.
	subjectNames []string
	// extra holds further flags by component, without leading dashes: "feature-gates=X=true".
	extra map[string][]string
}

// packaged is what k3s brings along and --disable leaves out; here nothing of it is brought along, so there is nothing to disable.
var packaged = []string{"coredns", "local-storage", "metrics-server", "servicelb", "traefik"}

func parseOptions(args []string) (options, error) {
	parsed := options{extra: map[string][]string{}}
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error once
	flags.Func("tls-san", "a further name or address of the API server; may repeat", func(value string) error {
		names, err := list(value)
		parsed.subjectNames = append(parsed.subjectNames, names...)
		return err
	})
	flags.Func("disable", "accepted as k3s accepts it: "+strings.Join(packaged, ", "), func(value string) error {
		names, err := list(value)
		for _, name := range names {
			if !slices.Contains(packaged, name) {
				return fmt.Errorf("%q is not one of %s", name, strings.Join(packaged, ", "))
			}
		}
		return err
	})
	for flagName, component := range map[string]string{
		"etcd-arg":                    etcd,
		"kube-apiserver-arg":          apiserver,
		"kube-controller-manager-arg": controllerManager,
		"kube-scheduler-arg":          scheduler,
	} {
		flags.Func(flagName, "a further flag of "+component+", as name=value; may repeat", func(value string) error {
			value = strings.TrimLeft(value, "-")
			if value == "" {
				return errors.New("it needs a flag as name=value")
			}
			parsed.extra[component] = append(parsed.extra[component], value)
			return nil
		})
	}
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return parsed, nil
}

// list splits "a,b" as k3s does.
func list(value string) ([]string, error) {
	parts := strings.Split(value, ",")
	for _, part := range parts {
		if part == "" {
			return nil, errors.New("it needs a value")
		}
	}
	return parts, nil
}
