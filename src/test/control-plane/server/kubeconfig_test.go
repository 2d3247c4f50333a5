package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

func TestAKubeconfigNeedsNoOtherFile(t *testing.T) {
	folder := t.TempDir()
	keys := createdPKI(t, filepath.Join(folder, "pki"))
	file := filepath.Join(folder, "etc", "k3s.yaml")

	if err := writeKubeconfig(file, "https://127.0.0.1:6443", keys.authority.certificate, keys.admin); err != nil {
		t.Fatal(err)
	}

	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(read(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://127.0.0.1:6443" {
		t.Errorf("server %s", config.Host)
	}
	for what, got := range map[string][2]string{
		"authority":   {string(config.CAData), keys.authority.certificate},
		"certificate": {string(config.CertData), keys.admin.certificate},
		"key":         {string(config.KeyData), keys.admin.key},
	} {
		if got[0] != read(t, got[1]) {
			t.Errorf("the %s is not that of %s", what, got[1])
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v: it holds a private key", info.Mode(), err)
	}
}

func TestAKubeconfigOfAMissingCertificateNamesIt(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "no.crt")

	err := writeKubeconfig(filepath.Join(folder, "config"), "https://127.0.0.1:6443", missing, pair{})

	if err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("error %v does not name %s", err, missing)
	}
}
