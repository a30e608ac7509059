// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

// cpuTime is what the kernel has charged this process so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// spin keeps one CPU busy for a while of wall time.
func spin(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

// burn follows the line "CPU time = share of wall time". It steers by what the kernel has charged, so
// that a slice lost to a busy machine is made up for as long as less than a second is owed.
func burn(millicores int) { burnSince(time.Now(), cpuTime(), millicores) }

func burnSince(begun time.Time, base time.Duration, millicores int) {
	for {
		owed := time.Since(begun)*time.Duration(millicores)/1000 - (cpuTime() - base)
		switch {
		case owed > time.Second: // the machine cannot give that much: start a new line
			begun, base = time.Now(), cpuTime()
		case owed > 0:
			spin(min(owed, 100*time.Millisecond))
		}
		if owed < 100*time.Millisecond {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// hold keeps its pages in memory by having written to each of them. The garbage collector is off: it
// would only move the figure that the test wants to know.
func hold(mebibytes int) {
	debug.SetGCPercent(-1)
	block := make([]byte, mebibytes<<20)
	for i := 0; i < len(block); i += os.Getpagesize() {
		block[i] = 1
	}
	fmt.Printf("holding %d MiB\n", mebibytes)
	for {
		time.Sleep(time.Hour)
		block[0]++
	}
}

func serve(address string) {
	host, _ := os.Hostname()
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s on %s\n", host, os.Getenv("NODE"))
	})
	http.HandleFunc("/burn", func(w http.ResponseWriter, r *http.Request) {
		ms, err := strconv.Atoi(r.FormValue("ms"))
		if err != nil || ms < 0 || ms > 60_000 {
			http.Error(w, "ms must be 0 to 60000", http.StatusBadRequest)
			return
		}
		spin(time.Duration(ms) * time.Millisecond)
		fmt.Fprintf(w, "%s burnt %d ms\n", host, ms)
	})
	fail(http.ListenAndServe(address, nil))
}

// get does not verify certificates: it is for looking, not for trusting.
func get(url string) {
	client := http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	begun := time.Now()
	response, err := client.Get(url)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		fail(err)
	}
	fmt.Printf("%s\n%s\n%s\n", response.Status, body, time.Since(begun).Round(time.Microsecond))
	if response.StatusCode >= 400 {
		os.Exit(1)
	}
}
