// What the GitOps tools think of objects, by their own libraries.
//
//	gitops [--health-lua FILE]   reads {"live": OBJECT, "desired": OBJECT or null} one after the other from
//	                             standard input, and answers each with one line of JSON:
//	    kstatus   InProgress, Failed, Current, Terminating... as Flux, kpt and helm --wait see it
//	    argo      Argo CD's health: FILE for what it has no opinion of its own about
//	    modified  whether Argo CD calls the object out of sync with what was desired
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubejson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type question struct {
	Live    object `json:"live"`
	Desired object `json:"desired"`
}

// As Kubernetes reads JSON: whole numbers are integers.
type object map[string]any

func (o *object) UnmarshalJSON(text []byte) error {
	var fields map[string]any
	err := kubejson.Unmarshal(text, &fields)
	*o = fields
	return err
}

type opinion struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type answer struct {
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	Kstatus  opinion `json:"kstatus"`
	Argo     opinion `json:"argo"`
	Modified bool    `json:"modified"`
}

func judge(asked question, script healthScript) (answer, error) {
	live := &unstructured.Unstructured{Object: asked.Live}
	given := answer{Kind: live.GetKind(), Name: live.GetName()}
	flux, err := status.Compute(live)
	if err != nil {
		return given, fmt.Errorf("kstatus of %s: %w", given.Name, err)
	}
	given.Kstatus = opinion{string(flux.Status), flux.Message}
	argo, err := health.GetResourceHealth(live, script)
	if err != nil {
		return given, fmt.Errorf("health of %s: %w", given.Name, err)
	}
	if argo != nil {
		given.Argo = opinion{string(argo.Status), argo.Message}
	}
	if asked.Desired == nil {
		return given, nil
	}
	compared, err := diff.Diff(&unstructured.Unstructured{Object: asked.Desired}, live, diff.WithLogr(logr.Discard()))
	if err != nil {
		return given, fmt.Errorf("diff of %s: %w", given.Name, err)
	}
	given.Modified = compared.Modified
	return given, nil
}

func run(script healthScript, in io.Reader, out io.Writer) error {
	questions, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var asked question
		if err := questions.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		given, err := judge(asked, script)
		if err != nil {
			return err
		}
		if err := answers.Encode(given); err != nil {
			return err
		}
	}
}

func main() {
	file := flag.String("health-lua", "", "health check of MetricsPipeline")
	flag.Parse()
	script, err := readScript(*file)
	if err == nil {
		err = run(script, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gitops:", err)
		os.Exit(1)
	}
}
