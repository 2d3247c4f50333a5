package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
)

// What runs in a network's router.
const (
	kubeProxy = "kube-proxy"
	coreDNS   = "coredns"
)

const (
	// On loopback: pods have no use for them.
	proxyHealth  = "127.0.0.1:10256"
	dnsReadiness = "127.0.0.1:8181"
)

// networkReadyLine is what whoever starts a router waits for.
const networkReadyLine = "the network works"

// NetworkMain makes this machine the router of a network, and returns the exit status once it was told to stop or a part ended. The pods of
// that network send what is not for each other to its gateway, and this machine takes the gateway's address: so kube-proxy sees what is for
// a Service's address and sends it on, in this network namespace and no other, and CoreDNS answers at the same address.
func NetworkMain(args []string) int {
	ctx, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer forget()
	options, err := parseNetworkOptions(args)
	if err == nil {
		err = runNetwork(ctx, options, "/var/lib/virtualnodes", os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "network: %v\n", err)
		return 1
	}
	return 0
}

// networkOptions say what a router serves.
type networkOptions struct {
	// gateway is the address that the network's other machines send to what is not for each other.
	gateway netip.Addr
	// node is the name of the Node that stands for this machine, whose address is the gateway's.
	node string
	// kubeconfig is a file by which the API server can be reached from here.
	kubeconfig string
	// domain is the end of all names of Services.
	domain string
}

func parseNetworkOptions(args []string) (networkOptions, error) {
	var parsed networkOptions
	flags := flag.NewFlagSet("network", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error once
	flags.Func("gateway", "the address of the network's gateway, which becomes this machine's", func(value string) error {
		address, err := netip.ParseAddr(value)
		parsed.gateway = address
		return err
	})
	flags.StringVar(&parsed.node, "node", "", "the name of this machine's Node")
	flags.StringVar(&parsed.kubeconfig, "kubeconfig", "", "how the API server is reached from here")
	flags.StringVar(&parsed.domain, "domain", clusterDomain, "the end of all names of Services")
	if err := flags.Parse(args); err != nil {
		return networkOptions{}, err
	}
	if flags.NArg() > 0 {
		return networkOptions{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if !parsed.gateway.IsValid() || parsed.node == "" || parsed.kubeconfig == "" {
		return networkOptions{}, errors.New("it needs --gateway, --node and --kubeconfig")
	}
	return parsed, nil
}

// runNetwork returns nil once a stop that ctx asked for is complete.
func runNetwork(ctx context.Context, options networkOptions, folder string, log io.Writer) error {
	begin := time.Now()
	if err := takeAddress(options.gateway); err != nil {
		return fmt.Errorf("taking the gateway's address: %w", err)
	}
	corefile := filepath.Join(folder, "Corefile")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(corefile, []byte(corefileOf(options)), 0o644); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}

	supervisor := newSupervisor(log)
	defer supervisor.stop(stopPatience)
	for _, part := range networkComponents(options, corefile) {
		if err := supervisor.start(part.name, exec.Command(self, part.arguments()...)); err != nil {
			return err
		}
	}
	living, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	go func() {
		select {
		case err := <-supervisor.failed:
			giveUp(err)
		case <-living.Done():
		}
	}()
	for _, part := range []struct{ name, url string }{
		{kubeProxy, "http://" + proxyHealth + "/healthz"},
		{coreDNS, "http://" + dnsReadiness + "/ready"},
	} {
		if err = await(living, part.name, answersOK(part.url)); err != nil {
			break
		}
	}
	if err == nil {
		fmt.Fprintf(log, "network: %s after %s\n", networkReadyLine, sinceInWords(begin))
		<-living.Done()
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(log, "network: stopping")
		return nil
	case living.Err() != nil:
		return context.Cause(living)
	default:
		return err
	}
}

// networkComponents is what a router runs.
func networkComponents(options networkOptions, corefile string) []component {
	return []component{
		{kubeProxy, []string{
			"kubeconfig=" + options.kubeconfig,
			"proxy-mode=nftables",
			// A Node of this name is waited for, half a minute at most, and its address would count. Whoever starts a router makes one.
			"hostname-override=" + options.node,
			"bind-address=" + options.gateway.String(),
			"nodeport-addresses=primary",
			// A pod that answers another one of its network would do so directly, from an address that nobody asked. So all that goes to
			// a Service comes from this machine, and answers come back by it.
			"masquerade-all=true",
			"healthz-bind-address=" + proxyHealth,
			"metrics-bind-address=127.0.0.1:10249",
			// These settings are the whole machine's, and a container cannot change them.
			"conntrack-max-per-core=0",
			"conntrack-tcp-timeout-established=0s",
			"conntrack-tcp-timeout-close-wait=0s",
		}},
		{coreDNS, []string{"conf=" + corefile}},
	}
}

// corefileOf is CoreDNS's configuration. It knows the cluster's names and no others: here is nobody to ask.
func corefileOf(options networkOptions) string {
	return fmt.Sprintf(`.:53 {
    bind %s
    errors
    ready %s
    kubernetes %s in-addr.arpa ip6.arpa {
        kubeconfig %s
        ttl 1
    }
}
`, options.gateway, dnsReadiness, options.domain, options.kubeconfig)
}

// takeAddress gives the gateway's address to the interface whose network it is in.
func takeAddress(gateway netip.Addr) error {
	links, err := netlink.LinkList()
	if err != nil {
		return err
	}
	for _, link := range links {
		addresses, err := netlink.AddrList(link, netlink.FAMILY_V4)
		if err != nil {
			return err
		}
		for _, address := range addresses {
			if !address.Contains(gateway.AsSlice()) {
				continue
			}
			ones, bits := address.Mask.Size()
			added := &net.IPNet{IP: gateway.AsSlice(), Mask: net.CIDRMask(ones, bits)}
			// Replaced, not added: it is there when the container is started once more.
			return netlink.AddrReplace(link, &netlink.Addr{IPNet: added})
		}
	}
	return fmt.Errorf("no interface is in the network of %s", gateway)
}

// answersOK asks once.
func answersOK(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}
