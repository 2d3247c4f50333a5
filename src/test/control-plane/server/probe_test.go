package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// servedBy is an API server, as far as its certificates go, that answers with one status.
func servedBy(t *testing.T, status int, body string) (probe, *httptest.Server) {
	t.Helper()
	keys, err := createPKI(t.TempDir(), []string{"127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	own, err := tls.LoadX509KeyPair(keys.apiserver.certificate, keys.apiserver.key)
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(certificateOf(t, keys.authority))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(response http.ResponseWriter, _ *http.Request) {
		response.WriteHeader(status)
		_, _ = response.Write([]byte(body)) // a client that has gone is no failure of the test
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	asked, err := newProbe(keys)
	if err != nil {
		t.Fatal(err)
	}
	return asked, server
}

func TestTheAdministratorAndTheServerTrustEachOther(t *testing.T) {
	asked, server := servedBy(t, http.StatusOK, "ok")

	if err := asked.get(context.Background(), server.URL+"/readyz"); err != nil {
		t.Error(err)
	}
}

func TestAnAnswerThatIsNotReadyIsToldInTheServersWords(t *testing.T) {
	asked, server := servedBy(t, http.StatusInternalServerError, "[-]etcd failed: reason withheld")

	err := asked.get(context.Background(), server.URL+"/readyz")

	if err == nil || !strings.Contains(err.Error(), "500") || !strings.Contains(err.Error(), "[-]etcd failed") {
		t.Errorf("error %v", err)
	}
}

func TestWhatAnEarlierStartMadeIsAccepted(t *testing.T) {
	asked, server := servedBy(t, http.StatusConflict, "already exists")

	if err := asked.do(context.Background(), http.MethodPost, server.URL, "{}", http.StatusConflict); err != nil {
		t.Error(err)
	}
	if err := asked.do(context.Background(), http.MethodPost, server.URL, "{}"); err == nil {
		t.Error("a conflict passed where none is expected")
	}
}
