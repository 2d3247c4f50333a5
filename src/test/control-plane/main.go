// Command control-plane is a whole Kubernetes control plane in one static binary, made from the upstream modules: etcd,
// kube-apiserver, kube-controller-manager, kube-scheduler and kubectl, each by the name it is called by or by its first argument,
// and `server`, which runs the first four together. So are kube-proxy and CoreDNS, and `network`, which runs these two as the router of a
// network; and metrics-server.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind" // what our Corefile uses: all plugins would double CoreDNS
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	genericserver "k8s.io/apiserver/pkg/server"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // kubectl's credential plugins
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // the metrics that upstream's own mains register
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	metricsserver "sigs.k8s.io/metrics-server/cmd/metrics-server/app"

	"virtualnodes.io/control-plane/server"
)

// programs is what this binary can be; each gets the arguments after its own name and ends the process.
var programs = map[string]func(args []string){
	"etcd":                    runEtcd,
	"kube-apiserver":          upstream("kube-apiserver", apiserver.NewAPIServerCommand),
	"kube-controller-manager": upstream("kube-controller-manager", controllermanager.NewControllerManagerCommand),
	"kube-scheduler":          upstream("kube-scheduler", func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kube-proxy":              upstream("kube-proxy", proxy.NewProxyCommand),
	"coredns":                 runCoreDNS,
	"metrics-server":          upstream("metrics-server", newMetricsServerCommand),
	"kubectl":                 runKubectl,
	"server":                  func(args []string) { os.Exit(server.Main(args)) },
	"network":                 func(args []string) { os.Exit(server.NetworkMain(args)) },
}

func main() {
	name, args := called(os.Args)
	run, known := programs[name]
	if !known {
		fmt.Fprintf(os.Stderr, "control-plane: %q is none of its programs: %s\n", name, strings.Join(names(), ", "))
		os.Exit(2)
	}
	run(args)
}

// called tells which program is meant: the file name that the binary was called by, else the first argument.
func called(argv []string) (name string, args []string) {
	if name = filepath.Base(argv[0]); programs[name] != nil {
		return name, argv[1:]
	}
	if len(argv) < 2 {
		return "", nil
	}
	return argv[1], argv[2:]
}

func names() []string {
	var names []string
	for name := range programs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// upstream runs a component as upstream's own main does. It reads os.Args, as the commands and their log set-up do.
func upstream(name string, command func() *cobra.Command) func([]string) {
	return func(args []string) {
		os.Args = append([]string{name}, args...)
		os.Exit(cli.Run(command()))
	}
}

func newMetricsServerCommand() *cobra.Command {
	return metricsserver.NewMetricsServerCommand(genericserver.SetupSignalHandler())
}

func runEtcd(args []string) {
	etcdmain.Main(append([]string{"etcd"}, args...))
}

func runCoreDNS(args []string) {
	os.Args = append([]string{"coredns"}, args...)
	coremain.Run()
}

func runKubectl(args []string) {
	os.Args = append([]string{"kubectl"}, args...)
	// Before the command is made: making it reads the plug-ins and .kuberc, which log too. An odd -v is reported by the command.
	_, _ = logs.GlogSetter(kubectl.GetLogVerbosity(os.Args))
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err) // prints and exits as kubectl does
	}
}
