package server

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

func createdPKI(t *testing.T, folder string, names ...string) pki {
	t.Helper()
	made, err := createPKI(folder, names, noon)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func certificateOf(t *testing.T, files pair) *x509.Certificate {
	t.Helper()
	certificate, _, err := readPair(files)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// trusted tells what keeps a certificate from being trusted by an authority an hour after it was made.
func trusted(t *testing.T, by, files pair, usage x509.ExtKeyUsage) error {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(certificateOf(t, by))
	_, err := certificateOf(t, files).Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: noon.Add(time.Hour), KeyUsages: []x509.ExtKeyUsage{usage},
	})
	return err
}

func TestEachClientIsTheUserThatKubernetesKnows(t *testing.T) {
	made := createdPKI(t, t.TempDir())

	for _, client := range []struct {
		files  pair
		user   string
		groups []string
	}{
		{made.admin, "system:admin", []string{"system:masters"}},
		{made.controllerManager, "system:kube-controller-manager", nil},
		{made.scheduler, "system:kube-scheduler", nil},
		{made.kubeletClient, "kube-apiserver-kubelet-client", nil},
	} {
		subject := certificateOf(t, client.files).Subject
		if subject.CommonName != client.user || !reflect.DeepEqual(subject.Organization, client.groups) {
			t.Errorf("%s is %s", client.user, subject)
		}
		if err := trusted(t, made.authority, client.files, x509.ExtKeyUsageClientAuth); err != nil {
			t.Errorf("%s: %v", client.user, err)
		}
		if trusted(t, made.authority, client.files, x509.ExtKeyUsageServerAuth) == nil {
			t.Errorf("%s could pose as a server", client.user)
		}
	}
}

func TestOnlyTheFrontProxyAuthorityVouchesForTheAggregator(t *testing.T) {
	made := createdPKI(t, t.TempDir())

	if err := trusted(t, made.frontProxyAuthority, made.frontProxyClient, x509.ExtKeyUsageClientAuth); err != nil {
		t.Error(err)
	}
	if trusted(t, made.frontProxyAuthority, made.admin, x509.ExtKeyUsageClientAuth) == nil {
		t.Error("an ordinary client passes for the aggregator, and so could claim to be any user")
	}
}

func TestTheServerAnswersToItsNamesAndAddressesOnly(t *testing.T) {
	made := createdPKI(t, t.TempDir(), "localhost", "127.0.0.1", "::1", "kubernetes.default.svc")
	server := certificateOf(t, made.apiserver)

	if err := trusted(t, made.authority, made.apiserver, x509.ExtKeyUsageServerAuth); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "kubernetes.default.svc"} {
		if err := server.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if server.VerifyHostname("10.0.0.1") == nil {
		t.Error("it answers to an address that is not its own")
	}
}

func TestARestartKeepsWhatOthersTrustAndRenewsTheRest(t *testing.T) {
	folder := t.TempDir()
	first := createdPKI(t, folder, "10.0.0.1")
	kept := map[string]string{}
	for _, file := range []string{
		first.authority.certificate, first.frontProxyAuthority.certificate, first.serviceAccountKey, first.serviceAccountPub,
	} {
		kept[file] = read(t, file)
	}

	second := createdPKI(t, folder, "10.0.0.2")

	for file, before := range kept {
		if read(t, file) != before {
			t.Errorf("%s changed", file)
		}
	}
	server := certificateOf(t, second.apiserver)
	if server.VerifyHostname("10.0.0.2") != nil || server.VerifyHostname("10.0.0.1") == nil {
		t.Errorf("the server's certificate is for %v", server.IPAddresses)
	}
}

func TestADamagedAuthorityIsAnErrorAndNotReplaced(t *testing.T) {
	folder := t.TempDir()
	made := createdPKI(t, folder)
	if err := os.WriteFile(made.authority.certificate, []byte("half a certifi"), 0o644); err != nil {
		t.Fatal(err)
	}

	_, err := createPKI(folder, nil, noon)

	if err == nil || !strings.Contains(err.Error(), made.authority.certificate) {
		t.Errorf("error %v does not name the file", err)
	}
	if read(t, made.authority.certificate) != "half a certifi" {
		t.Error("the file was replaced")
	}
}

func TestPrivateKeysAreTheirOwnersOnly(t *testing.T) {
	folder := t.TempDir()
	createdPKI(t, folder)

	keys, err := filepath.Glob(filepath.Join(folder, "*.key"))
	if err != nil || len(keys) != 9 {
		t.Fatalf("keys %v, error %v", keys, err)
	}
	for _, key := range keys {
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, error %v", key, info.Mode(), err)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
