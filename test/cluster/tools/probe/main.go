// SPDX-License-Identifier: Apache-2.0

// probe does known amounts of work, so that measured figures can be compared with true ones:
//
//	probe serve ADDR        answers every path; /burn?ms=N first keeps one CPU busy for N ms
//	probe burn MILLICORES   uses that much CPU time, in slices of 100 ms, until it is ended
//	probe memory MIB        holds that much touched memory until it is ended
//	probe get URL           fetches once, prints status, body and duration; exits 1 on failure
//
// Under the names consume-cpu and stress it is what metrics-server's own tests ask for (peer.go).
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
)

const usage = "usage: probe serve ADDR | burn MILLICORES | memory MIB | get URL"

func main() {
	if name := filepath.Base(os.Args[0]); name == "consume-cpu" || name == "stress" {
		asPeer(name, os.Args[1:])
	}
	if len(os.Args) != 3 {
		fail(usage)
	}
	// A program that is PID 1 of a container ignores SIGTERM unless it asks for it.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-stop; os.Exit(0) }()

	switch command, argument := os.Args[1], os.Args[2]; command {
	case "serve":
		serve(argument)
	case "burn":
		burn(number(argument, 1, 1000))
	case "memory":
		hold(number(argument, 1, 1<<20))
	case "get":
		get(argument)
	default:
		fail(usage)
	}
}

func fail(message any) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}

func number(text string, low, high int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		fail(fmt.Sprintf("%q is not a number from %d to %d", text, low, high))
	}
	return n
}
