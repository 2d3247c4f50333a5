package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// validity is that of every certificate. A cluster of tests lives for minutes, one for demos for weeks.
const validity = 365 * 24 * time.Hour

// backdate lets a client whose clock is a little behind trust a certificate that was made a moment ago.
const backdate = 5 * time.Minute

// pair is the files of a certificate and its private key.
type pair struct{ certificate, key string }

// pki is the files that identify the parts of the control plane to each other.
//
// The authorities and the service account keys are kept over restarts, since what they signed (a client's kubeconfig, a pod's token)
// outlives them in other hands. Every other certificate is made anew at each start: the addresses may have changed.
type pki struct {
	// authority signs the API server's certificate and every client certificate.
	authority pair
	// frontProxyAuthority signs only the certificate by which the API server's aggregator speaks for its users: were it the same
	// authority, any client's certificate could claim to be any user at an aggregated server.
	frontProxyAuthority pair
	serviceAccountKey   string
	serviceAccountPub   string

	apiserver         pair
	kubeletClient     pair
	frontProxyClient  pair
	admin             pair
	controllerManager pair
	scheduler         pair
}

// kubeletClientUser is the user that the API server is at a kubelet; its right to be there is granted by a ClusterRoleBinding.
const kubeletClientUser = "kube-apiserver-kubelet-client"

// frontProxyUser is the only name that aggregated API servers accept as the aggregator's.
const frontProxyUser = "front-proxy-client"

// createPKI makes what is missing under folder and issues the certificates. The API server's is valid for names, each a DNS name
// or an IP address.
func createPKI(folder string, names []string, now time.Time) (pki, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return pki{}, err
	}
	at := func(name string) pair {
		return pair{filepath.Join(folder, name+".crt"), filepath.Join(folder, name+".key")}
	}
	made := pki{
		authority:           at("ca"),
		frontProxyAuthority: at("front-proxy-ca"),
		serviceAccountKey:   filepath.Join(folder, "service-account.key"),
		serviceAccountPub:   filepath.Join(folder, "service-account.pub"),
		apiserver:           at("kube-apiserver"),
		kubeletClient:       at("kube-apiserver-kubelet-client"),
		frontProxyClient:    at("front-proxy-client"),
		admin:               at("admin"),
		controllerManager:   at("kube-controller-manager"),
		scheduler:           at("kube-scheduler"),
	}
	cluster, err := keptAuthority(made.authority, "virtualnodes-ca", now)
	if err != nil {
		return pki{}, err
	}
	frontProxy, err := keptAuthority(made.frontProxyAuthority, "virtualnodes-front-proxy-ca", now)
	if err != nil {
		return pki{}, err
	}
	if err := keptServiceAccountKey(made.serviceAccountKey, made.serviceAccountPub); err != nil {
		return pki{}, err
	}

	server := certificate("kube-apiserver", nil, x509.ExtKeyUsageServerAuth)
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			server.IPAddresses = append(server.IPAddresses, ip)
		} else {
			server.DNSNames = append(server.DNSNames, name)
		}
	}
	client := func(user string, groups ...string) *x509.Certificate {
		return certificate(user, groups, x509.ExtKeyUsageClientAuth)
	}
	// The one key that leaves this container is RSA: Java clients read an elliptic one only with further libraries.
	adminKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return pki{}, err
	}
	err = errors.Join(
		cluster.issue(made.apiserver, server, now),
		cluster.issue(made.kubeletClient, client(kubeletClientUser), now),
		cluster.issueFor(made.admin, client("system:admin", "system:masters"), adminKey, now),
		cluster.issue(made.controllerManager, client("system:kube-controller-manager"), now),
		cluster.issue(made.scheduler, client("system:kube-scheduler"), now),
		frontProxy.issue(made.frontProxyClient, client(frontProxyUser), now),
	)
	return made, err
}

// certificate is a leaf for a user in groups, which are Kubernetes' reading of a subject's common name and organizations.
func certificate(user string, groups []string, usage x509.ExtKeyUsage) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
}

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// keptAuthority reads the authority at files, or makes it there.
func keptAuthority(files pair, name string, now time.Time) (authority, error) {
	certificate, key, err := readPair(files)
	if err == nil {
		return authority{certificate, key}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return authority{}, err
	}
	signer, err := newKey()
	if err != nil {
		return authority{}, err
	}
	made := authority{&x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}, signer}
	made.certificate, err = made.sign(made.certificate, signer, now)
	if err != nil {
		return authority{}, err
	}
	return made, writePair(files, made.certificate, signer)
}

func (a authority) issue(files pair, template *x509.Certificate, now time.Time) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	return a.issueFor(files, template, key, now)
}

func (a authority) issueFor(files pair, template *x509.Certificate, key crypto.Signer, now time.Time) error {
	signed, err := a.sign(template, key, now)
	if err != nil {
		return err
	}
	return writePair(files, signed, key)
}

func (a authority) sign(template *x509.Certificate, key crypto.Signer, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = now.Add(-backdate)
	template.NotAfter = now.Add(validity)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate for %s: %w", template.Subject, err)
	}
	return x509.ParseCertificate(der)
}

func keptServiceAccountKey(private, public string) error {
	key, err := readKey(private)
	if errors.Is(err, fs.ErrNotExist) {
		if key, err = newKey(); err == nil {
			err = writeKey(private, key)
		}
	}
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return writePEM(public, "PUBLIC KEY", der, 0o644)
}

// newKey makes a key of a kind that costs a start no time; ten RSA keys would take seconds on a busy machine.
func newKey() (crypto.Signer, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func writePair(files pair, certificate *x509.Certificate, key crypto.Signer) error {
	if err := writeKey(files.key, key); err != nil {
		return err
	}
	return writePEM(files.certificate, "CERTIFICATE", certificate.Raw, 0o644)
}

func writeKey(file string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(file, "PRIVATE KEY", der, 0o600)
}

func writePEM(file, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

func readPair(files pair) (*x509.Certificate, crypto.Signer, error) {
	der, err := readPEM(files.certificate, "CERTIFICATE")
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", files.certificate, err)
	}
	key, err := readKey(files.key)
	return certificate, key, err
}

func readKey(file string) (crypto.Signer, error) {
	der, err := readPEM(file, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s: a key that cannot sign", file)
	}
	return signer, nil
}

func readPEM(file, kind string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s: no PEM block of type %s", file, kind)
	}
	return block.Bytes, nil
}
