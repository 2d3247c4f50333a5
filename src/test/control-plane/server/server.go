// Package server is the `server` program: it identifies the parts of a control plane to each other, runs them as child processes,
// says when they work together, and stops them.
//
// To a test harness it looks like `k3s server`: the same flags, the same kubeconfig at the same place, the same line in the log. It
// knows the components only by their command lines, so its tests build in seconds.
package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

const (
	// startDeadline is for each step of a start; on a busy machine of two cores the slowest takes a tenth of it.
	startDeadline = 2 * time.Minute
	// stopPatience is for each program. A container engine waits 10 seconds for all of it, and only the API server, which lets its
	// clients' watches run on, uses up its share.
	stopPatience = 3 * time.Second
)

// readyLine is what testcontainers' K3sContainer waits for.
const readyLine = "Node controller sync successful"

// Main runs the control plane until it is told to stop or a part of it ends, and returns the exit status. On HUP the API server alone is
// killed and started again, so that a test can see what its clients make of a crash.
func Main(args []string) int {
	// Registered before anything runs, so that a stop during the start is clean too.
	ctx, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer forget()
	crashes := make(chan os.Signal, 1)
	signal.Notify(crashes, syscall.SIGHUP)
	defer signal.Stop(crashes)

	options, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Println("usage: server [--tls-san=NAME]... [--disable=NAME]... [--kube-apiserver-arg=FLAG=VALUE]..." +
			" (and etcd-arg, kube-controller-manager-arg, kube-scheduler-arg)\n" +
			"On HUP the API server is killed and started again.")
		return 0
	}
	if err == nil {
		err = run(ctx, crashes, options, layout{data: "/var/lib/virtualnodes", kubeconfig: "/etc/rancher/k3s/k3s.yaml"}, os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "server: %v\n", err)
		return 1
	}
	return 0
}

// run returns nil once a stop that ctx asked for is complete. Each of crashes is one of the API server's.
func run(ctx context.Context, crashes <-chan os.Signal, options options, at layout, log io.Writer) error {
	begin := time.Now()
	parts, keys, err := prepare(options, at)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}

	supervisor := newSupervisor(log)
	defer supervisor.stop(stopPatience)
	// Ends as soon as there is nothing left to wait for: at a stop, or when a program has ended.
	living, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	go func() {
		select {
		case err := <-supervisor.failed:
			giveUp(err)
		case <-living.Done():
		}
	}()

	start := starter{supervisor, self, parts}
	probe, err := newProbe(keys)
	if err != nil {
		return err
	}
	err = start.all(living, probe)
	if err == nil {
		fmt.Fprintf(log, "server: %s: the control plane works after %s\n", readyLine, sinceInWords(begin))
		err = serve(living, crashes, func() error { return start.apiserverAgain(living, probe, log) })
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(log, "server: stopping")
		return nil
	case living.Err() != nil:
		return context.Cause(living)
	default:
		return err
	}
}

// prepare makes every file that the components read.
func prepare(options options, at layout) ([]component, pki, error) {
	address, err := ownAddress()
	if err != nil {
		return nil, pki{}, err
	}
	names, err := serverNames(address, options.subjectNames)
	if err != nil {
		return nil, pki{}, err
	}
	keys, err := createPKI(at.pki(), names, time.Now())
	if err != nil {
		return nil, pki{}, fmt.Errorf("making the certificates: %w", err)
	}
	for file, client := range map[string]pair{
		at.kubeconfig:                      keys.admin,
		at.kubeconfigOf(controllerManager): keys.controllerManager,
		at.kubeconfigOf(scheduler):         keys.scheduler,
	} {
		if err := writeKubeconfig(file, localServer, keys.authority.certificate, client); err != nil {
			return nil, pki{}, fmt.Errorf("writing a kubeconfig: %w", err)
		}
	}
	return components(at, keys, address, options.extra), keys, nil
}

// serverNames is everything that clients may call the API server.
func serverNames(address string, further []string) ([]string, error) {
	hostname, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	names := []string{
		"localhost", "127.0.0.1", "::1", address, hostname, serviceAddress,
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + clusterDomain,
	}
	return append(names, further...), nil
}

// ownAddress is the first address that other machines can reach this one at.
func ownAddress() (string, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.To4() != nil && network.IP.IsGlobalUnicast() {
			return network.IP.String(), nil
		}
	}
	return "", errors.New("this machine has no IPv4 address but loopback's: give the container a network")
}

func sinceInWords(begin time.Time) time.Duration {
	return time.Since(begin).Round(100 * time.Millisecond)
}

// serve goes on until ctx ends or a crash cannot be recovered from.
func serve(ctx context.Context, crashes <-chan os.Signal, crash func() error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-crashes:
			if err := crash(); err != nil {
				return err
			}
		}
	}
}

// starter runs components as children that are this binary too, which tells by its first argument what it is to be.
type starter struct {
	supervisor *supervisor
	self       string
	parts      []component
}

// all starts each component once those that it needs answer, and returns when all of them work together.
func (s starter) all(ctx context.Context, probe probe) error {
	answers := map[string]func(context.Context) error{
		etcd:              probe.etcd,
		apiserver:         probe.apiserver,
		controllerManager: func(context.Context) error { return nil }, // the scheduler does not need it
		scheduler:         probe.scheduler,
	}
	for _, part := range s.parts {
		if err := s.supervisor.start(part.name, exec.Command(s.self, part.arguments()...)); err != nil {
			return err
		}
		if err := await(ctx, part.name, answers[part.name]); err != nil {
			return err
		}
	}
	if err := await(ctx, "the role binding of "+kubeletClientUser, probe.bindKubeletClient); err != nil {
		return err
	}
	return await(ctx, "the default namespace's service account", probe.defaultNamespace)
}

// apiserverAgain kills the API server and returns when it answers again.
func (s starter) apiserverAgain(ctx context.Context, probe probe, log io.Writer) error {
	begin := time.Now()
	fmt.Fprintf(log, "server: killing %s, to start it again\n", apiserver)
	for _, part := range s.parts {
		if part.name == apiserver {
			if err := s.supervisor.replace(part.name, exec.Command(s.self, part.arguments()...)); err != nil {
				return err
			}
		}
	}
	if err := await(ctx, apiserver, probe.apiserver); err != nil {
		return err
	}
	fmt.Fprintf(log, "server: %s answers again after %s\n", apiserver, sinceInWords(begin))
	return nil
}

// await asks until the answer is good.
func await(ctx context.Context, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	for {
		answer := ask(ctx)
		if answer == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready within %s: %w", what, startDeadline, answer)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
