package cell

import (
	"errors"
	"fmt"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/lab/target"
	"tcpbench/workload"
)

// CheckCertificates reports what is wrong with the files of certificates that the client
// of a spec and the server of its lab are to read, at the time now.
func CheckCertificates(s Spec, now time.Time) error {
	w := s.Workload
	_, err := workload.Options{Workload: w}.TLS(now)
	server := target.Config{Cert: w.ServerCert, Key: w.ServerKey, ClientCA: w.ServerClientCA}
	serverErr := server.Certificates(now)
	if serverErr != nil {
		serverErr = fmt.Errorf("server-cert, server-client-ca: %w", serverErr)
	}
	return fault.Usage(errors.Join(err, serverErr))
}
