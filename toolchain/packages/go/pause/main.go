// Pause holds a pod's namespaces open and collects its orphaned processes. One image stands for all that Kubernetes
// starts, and CoreDNS is the only other part that kubeadm starts by entry point: with arguments, it is CoreDNS.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		if err := syscall.Exec("/usr/local/bin/coredns", append([]string{"coredns"}, os.Args[1:]...), os.Environ()); err != nil {
			panic(err)
		}
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	orphans := make(chan os.Signal, 1)
	signal.Notify(orphans, syscall.SIGCHLD)
	for {
		select {
		case <-stop:
			return
		case <-orphans:
			for {
				if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
					break
				}
			}
		}
	}
}
