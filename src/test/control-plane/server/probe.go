package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// probe asks the components, as the cluster's administrator, whether they work.
type probe struct{ http *http.Client }

func newProbe(keys pki) (probe, error) {
	authority, err := os.ReadFile(keys.authority.certificate)
	if err != nil {
		return probe{}, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return probe{}, fmt.Errorf("%s holds no certificate", keys.authority.certificate)
	}
	admin, err := tls.LoadX509KeyPair(keys.admin.certificate, keys.admin.key)
	if err != nil {
		return probe{}, err
	}
	return probe{&http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{admin}}},
	}}, nil
}

func (p probe) etcd(ctx context.Context) error { return p.get(ctx, etcdEndpoint+"/health") }

func (p probe) apiserver(ctx context.Context) error { return p.get(ctx, localServer+"/readyz") }

// scheduler needs no certificate of the scheduler's: it makes one for itself that nobody can know.
func (p probe) scheduler(ctx context.Context) error {
	unverified := probe{&http.Client{
		Timeout:   p.http.Timeout,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
	}}
	return unverified.get(ctx, "https://127.0.0.1:10259/readyz")
}

// defaultNamespace has these two once the controllers that every pod needs have done their work.
func (p probe) defaultNamespace(ctx context.Context) error {
	if err := p.get(ctx, localServer+"/api/v1/namespaces/default/serviceaccounts/default"); err != nil {
		return err
	}
	return p.get(ctx, localServer+"/api/v1/namespaces/default/configmaps/kube-root-ca.crt")
}

// bindKubeletClient lets the API server read logs, run commands and so on at the nodes. After a restart it is bound already.
func (p probe) bindKubeletClient(ctx context.Context) error {
	binding := fmt.Sprintf(`{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": %q},
		"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:kubelet-api-admin"},
		"subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": %q}]
	}`, kubeletClientUser, kubeletClientUser)
	return p.do(ctx, http.MethodPost, localServer+"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding, http.StatusConflict)
}

func (p probe) get(ctx context.Context, url string) error { return p.do(ctx, http.MethodGet, url, "") }

// do makes a request and is content with success or one of the further statuses.
func (p probe) do(ctx context.Context, method, url, body string, further ...int) error {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := p.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1000))
	if err != nil {
		return err
	}
	if response.StatusCode/100 == 2 {
		return nil
	}
	for _, status := range further {
		if response.StatusCode == status {
			return nil
		}
	}
	return fmt.Errorf("%s %s: %s: %s", method, url, response.Status, strings.TrimSpace(string(answer)))
}
