package server

import "path/filepath"

// The programs that make up the control plane, by the names that the binary answers to.
const (
	etcd              = "etcd"
	apiserver         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
)

// What k3s uses, so that whoever knows one cluster knows the other.
const (
	serviceRange   = "10.43.0.0/16"
	serviceAddress = "10.43.0.1" // the first of the range: the API server's own Service
	clusterDomain  = "cluster.local"
)

const (
	localServer  = "https://127.0.0.1:6443"
	etcdEndpoint = "http://127.0.0.1:2379"
)

// component is one program and the flags it is started with, without leading dashes.
type component struct {
	name  string
	flags []string
}

// layout is where the control plane keeps its files.
type layout struct {
	data       string // kept over restarts
	kubeconfig string // for the cluster's administrator
}

func (l layout) pki() string  { return filepath.Join(l.data, "pki") }
func (l layout) etcd() string { return filepath.Join(l.data, "etcd") }
func (l layout) kubeconfigOf(component string) string {
	return filepath.Join(l.data, component+".kubeconfig")
}

// components is the control plane in the order in which it starts. address is the one that other machines reach the API server at.
func components(at layout, keys pki, address string, extra map[string][]string) []component {
	made := []component{
		{etcd, []string{
			"name=default",
			"data-dir=" + at.etcd(),
			// Loopback only, so without certificates of its own.
			"listen-client-urls=" + etcdEndpoint,
			"advertise-client-urls=" + etcdEndpoint,
			"listen-peer-urls=http://127.0.0.1:2380",
			"initial-advertise-peer-urls=http://127.0.0.1:2380",
			"initial-cluster=default=http://127.0.0.1:2380",
			// A cluster for tests and demos may lose its last writes with the machine; waiting for the disk would slow every one.
			"unsafe-no-fsync=true",
			"log-level=warn",
		}},
		{apiserver, []string{
			"etcd-servers=" + etcdEndpoint,
			"bind-address=0.0.0.0",
			"secure-port=6443",
			"advertise-address=" + address,
			"tls-cert-file=" + keys.apiserver.certificate,
			"tls-private-key-file=" + keys.apiserver.key,
			"client-ca-file=" + keys.authority.certificate,
			"authorization-mode=Node,RBAC",
			"enable-admission-plugins=NodeRestriction",
			"allow-privileged=true",
			"service-cluster-ip-range=" + serviceRange,
			"service-account-issuer=https://kubernetes.default.svc." + clusterDomain,
			"service-account-signing-key-file=" + keys.serviceAccountKey,
			"service-account-key-file=" + keys.serviceAccountPub,
			// No kubelet-certificate-authority: kubelets here serve with certificates that they made themselves, as they do upstream
			// unless told otherwise.
			"kubelet-client-certificate=" + keys.kubeletClient.certificate,
			"kubelet-client-key=" + keys.kubeletClient.key,
			"kubelet-preferred-address-types=InternalIP",
			// The aggregation layer. No kube-proxy runs here, so it must go to the endpoints instead of the Service's address.
			"requestheader-client-ca-file=" + keys.frontProxyAuthority.certificate,
			"requestheader-allowed-names=" + frontProxyUser,
			"requestheader-username-headers=X-Remote-User",
			"requestheader-group-headers=X-Remote-Group",
			"requestheader-extra-headers-prefix=X-Remote-Extra-",
			"proxy-client-cert-file=" + keys.frontProxyClient.certificate,
			"proxy-client-key-file=" + keys.frontProxyClient.key,
			"enable-aggregator-routing=true",
		}},
		{controllerManager, append(client(at.kubeconfigOf(controllerManager)),
			"service-account-private-key-file="+keys.serviceAccountKey,
			"root-ca-file="+keys.authority.certificate,
			"use-service-account-credentials=true",
			"cluster-signing-cert-file="+keys.authority.certificate,
			"cluster-signing-key-file="+keys.authority.key,
		)},
		{scheduler, client(at.kubeconfigOf(scheduler))},
	}
	for i := range made {
		// Last, so that they win over ours.
		made[i].flags = append(made[i].flags, extra[made[i].name]...)
	}
	return made
}

// client is the flags that the API server's two closest clients share.
func client(kubeconfig string) []string {
	return []string{
		"kubeconfig=" + kubeconfig,
		"authentication-kubeconfig=" + kubeconfig,
		"authorization-kubeconfig=" + kubeconfig,
		"bind-address=127.0.0.1",
		// There is one of each: an election would only delay the start.
		"leader-elect=false",
		// The defaults (20 to 50 a second) would make the control plane the slow part of every test with many pods.
		"kube-api-qps=500",
		"kube-api-burst=1000",
	}
}

func (c component) arguments() []string {
	arguments := []string{c.name}
	for _, flag := range c.flags {
		arguments = append(arguments, "--"+flag)
	}
	return arguments
}
