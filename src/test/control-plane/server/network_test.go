package server

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestNetworkOptions(t *testing.T) {
	parsed, err := parseNetworkOptions([]string{"--gateway=172.18.0.1", "--node=router", "--kubeconfig=/k"})
	wanted := networkOptions{gateway: netip.MustParseAddr("172.18.0.1"), node: "router", kubeconfig: "/k", domain: "cluster.local"}
	if err != nil || parsed != wanted {
		t.Errorf("got %v, %v; want %v", parsed, err, wanted)
	}
	for _, missing := range [][]string{
		{},
		{"--gateway=172.18.0.1", "--node=router"},
		{"--node=router", "--kubeconfig=/k"},
		{"--gateway=nowhere", "--node=router", "--kubeconfig=/k"},
		{"--gateway=172.18.0.1", "--node=router", "--kubeconfig=/k", "more"},
	} {
		if _, err := parseNetworkOptions(missing); err == nil {
			t.Errorf("%v was accepted", missing)
		}
	}
}

func TestTheRouterAnswersAtTheGatewaysAddressOnly(t *testing.T) {
	options := networkOptions{gateway: netip.MustParseAddr("172.18.0.1"), node: "router", kubeconfig: "/k", domain: "k8s.example.com"}

	corefile := corefileOf(options)
	for _, wanted := range []string{"bind 172.18.0.1\n", "kubernetes k8s.example.com ", "kubeconfig /k\n"} {
		if !strings.Contains(corefile, wanted) {
			t.Errorf("%q is missing in\n%s", wanted, corefile)
		}
	}
	proxy := networkComponents(options, "/Corefile")[0]
	for _, wanted := range []string{"bind-address=172.18.0.1", "hostname-override=router", "masquerade-all=true"} {
		if !slices.Contains(proxy.flags, wanted) {
			t.Errorf("%q is missing in %v", wanted, proxy.flags)
		}
	}
}
