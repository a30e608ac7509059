// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"time"
)

// asPeer is what metrics-server's own end-to-end tests expect of the programs in their image:
//
//	consume-cpu --duration-sec=S --millicores=N
//	stress -m 1 --vm-bytes NM --vm-hang 0 -t S      N MiB in all, the program's own included
func asPeer(name string, arguments []string) {
	flags := flag.NewFlagSet(name, flag.ExitOnError)
	var millicores, seconds int
	var size string
	if name == "consume-cpu" {
		flags.IntVar(&millicores, "millicores", 0, "CPU to use")
		flags.IntVar(&seconds, "duration-sec", 0, "end after so long")
	} else {
		flags.StringVar(&size, "vm-bytes", "", "memory to hold")
		flags.IntVar(&seconds, "t", 0, "end after so long")
		flags.Int("m", 1, "holders; one is")
		flags.Int("vm-hang", 0, "0: hold it until the end")
	}
	flags.Parse(arguments)
	time.AfterFunc(time.Duration(seconds)*time.Second, func() { os.Exit(0) })
	if name == "consume-cpu" {
		// Its first value counts from the start of the container, and so does this.
		burnSince(time.Now().Add(-age()), 0, millicores)
	}
	hold(number(strings.TrimSuffix(size, "M"), 10, 1<<20) - residentMebibytes())
}

// age is how long ago the kernel made this process, in steps of 10 ms: proc_pid_stat(5), proc_uptime(5).
func age() time.Duration {
	_, fields, _ := strings.Cut(read("/proc/self/stat"), ") ")
	made := number(strings.Fields(fields)[19], 0, 1<<60)
	up, err := strconv.ParseFloat(strings.Fields(read("/proc/uptime"))[0], 64)
	if err != nil {
		fail(err)
	}
	return time.Duration(up*100-float64(made)) * 10 * time.Millisecond
}

func read(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		fail(err)
	}
	return string(text)
}

// residentMebibytes is what this process holds already: proc_pid_statm(5).
func residentMebibytes() int {
	return number(strings.Fields(read("/proc/self/statm"))[1], 0, 1<<30) * os.Getpagesize() >> 20
}
