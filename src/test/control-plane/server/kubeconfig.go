package server

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

// writeKubeconfig writes a kubeconfig that needs no other file: it is copied out of the container.
func writeKubeconfig(file, server, authorityFile string, client pair) error {
	var embedded [3]string
	for i, source := range []string{authorityFile, client.certificate, client.key} {
		text, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		embedded[i] = base64.StdEncoding.EncodeToString(text)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: default
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: default
  user:
    client-certificate-data: %s
    client-key-data: %s
contexts:
- name: default
  context:
    cluster: default
    user: default
current-context: default
`, server, embedded[0], embedded[1], embedded[2]), 0o600)
}
