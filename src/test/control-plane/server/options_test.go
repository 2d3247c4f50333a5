package server

import (
	"reflect"
	"strings"
	"testing"
)

func TestTheCommandLineOfK3sContainerIsUnderstood(t *testing.T) {
	parsed, err := parseOptions([]string{"--disable=traefik", "--tls-san=cluster.test"})

	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"cluster.test"}; !reflect.DeepEqual(parsed.subjectNames, want) {
		t.Errorf("names %q, want %q", parsed.subjectNames, want)
	}
}

func TestNamesMayRepeatAndMayBeAList(t *testing.T) {
	parsed, err := parseOptions([]string{"--tls-san=a,10.0.0.1", "--tls-san", "b"})

	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "10.0.0.1", "b"}; !reflect.DeepEqual(parsed.subjectNames, want) {
		t.Errorf("names %q, want %q", parsed.subjectNames, want)
	}
}

func TestFurtherFlagsReachTheirComponentLast(t *testing.T) {
	parsed, err := parseOptions([]string{"--kube-apiserver-arg=feature-gates=X=true", "--kube-scheduler-arg=--v=4"})
	if err != nil {
		t.Fatal(err)
	}

	for _, part := range components(layout{data: "/data"}, pki{}, "10.0.0.1", parsed.extra) {
		arguments := part.arguments()
		last := arguments[len(arguments)-1]
		switch want := map[string]string{apiserver: "--feature-gates=X=true", scheduler: "--v=4"}[part.name]; {
		case want != "" && last != want:
			t.Errorf("%s ends with %s, want %s", part.name, last, want)
		case want == "" && strings.Contains(strings.Join(arguments, " "), "X=true"):
			t.Errorf("%s got the API server's flag", part.name)
		}
	}
}

func TestWhatIsNotUnderstoodIsNamed(t *testing.T) {
	for argument, named := range map[string]string{
		"--disable=trafik":      "trafik",
		"--tls-san=":            "tls-san",
		"--tls-san=a,":          "tls-san",
		"--kube-apiserver-arg=": "kube-apiserver-arg",
		"--cluster-init":        "cluster-init",
		"agent":                 "agent",
	} {
		_, err := parseOptions([]string{argument})

		if err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: error %v does not name %q", argument, err, named)
		}
	}
}
