// Command floor is the least that an agent of a node can do: it reports each pod of its node as running as soon as it sees it, and
// removes it as soon as it is to go. It starts nothing, remembers nothing and tries nothing again. What a benchmark measures beside it
// is the price of all that an agent does beyond that.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	watchtools "k8s.io/client-go/tools/watch"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "access to the cluster")
	node := flag.String("node", "", "the node whose pods are its own, and the name by which the API server logs it")
	as := flag.String("as", "", "whom to impersonate; nobody if left out")
	parallel := flag.Int("parallel", 32, "how many requests may be under way at once")
	plain := flag.Bool("json", false, "speak JSON instead of protobuf")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	client, err := connect(*kubeconfig, *node, *as, *plain)
	if err == nil {
		err = (&agent{client: client, node: *node}).run(ctx, *parallel)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "floor: %v\n", err)
		os.Exit(1)
	}
}

// connect sets no limit to the rate of requests: it is the API server that is to be the slow part.
func connect(kubeconfig, userAgent, as string, plain bool) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	config.UserAgent = userAgent
	config.Impersonate.UserName = as
	if !plain {
		config.ContentType = runtime.ContentTypeProtobuf
		config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	}
	return kubernetes.NewForConfig(config)
}

type agent struct {
	client kubernetes.Interface
	node   string
	failed atomic.Int64
}

// run takes one step for each event that asks for one, until it is told to stop.
func (a *agent) run(ctx context.Context, parallel int) error {
	selector := fields.OneTermEqualSelector("spec.nodeName", a.node)
	pods := cache.NewListWatchFromClient(a.client.CoreV1().RESTClient(), "pods", "", selector)
	present, err := pods.ListWithContext(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	since := present.(*corev1.PodList)
	if len(since.Items) > 0 {
		return fmt.Errorf("the node has pods already: it would have to remember what became of them")
	}
	// Goes on where it was when the API server ends it.
	watched, err := watchtools.NewRetryWatcherWithContext(ctx, since.ResourceVersion, pods)
	if err != nil {
		return err
	}
	defer watched.Stop()
	// Long enough for a burst: nothing else holds up the watch.
	steps := make(chan func(), 100_000)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for step := range steps {
				step()
			}
		})
	}
	fmt.Println("floor: ready")
	a.follow(ctx, watched.ResultChan(), steps)
	close(steps)
	workers.Wait()
	if ctx.Err() == nil {
		return fmt.Errorf("the watch ended")
	}
	fmt.Printf("floor: %d requests failed\n", a.failed.Load())
	return nil
}

func (a *agent) follow(ctx context.Context, events <-chan watch.Event, steps chan<- func()) {
	// Told once of each, since every write has its echo.
	removing := map[types.UID]bool{}
	for event := range events {
		pod, isPod := event.Object.(*corev1.Pod)
		switch {
		case !isPod:
			fmt.Fprintf(os.Stderr, "floor: %s %v\n", event.Type, event.Object)
		case event.Type == watch.Deleted:
			delete(removing, pod.UID)
		case pod.DeletionTimestamp != nil:
			if !removing[pod.UID] {
				removing[pod.UID] = true
				steps <- func() { a.remove(ctx, pod) }
			}
		case event.Type == watch.Added:
			steps <- func() { a.report(ctx, pod) }
		}
	}
}

func (a *agent) report(ctx context.Context, pod *corev1.Pod) {
	body, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": pod.UID},
		"status":   running(pod, metav1.Now()),
	})
	if err == nil {
		_, err = a.client.CoreV1().Pods(pod.Namespace).Patch(
			ctx, pod.Name, types.StrategicMergePatchType, body, metav1.PatchOptions{}, "status")
	}
	a.count("status", pod, err)
}

// running is the status of a pod whose containers all run, with what everybody who watches pods looks at.
func running(pod *corev1.Pod, now metav1.Time) corev1.PodStatus {
	status := corev1.PodStatus{
		Phase:     corev1.PodRunning,
		StartTime: &now,
		HostIP:    "192.0.2.1",
		PodIP:     "192.0.2.2",
		PodIPs:    []corev1.PodIP{{IP: "192.0.2.2"}},
	}
	for _, condition := range []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady,
	} {
		status.Conditions = append(status.Conditions,
			corev1.PodCondition{Type: condition, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	started := true
	for _, container := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name:        container.Name,
			Image:       container.Image,
			ContainerID: "floor://" + string(pod.UID),
			Ready:       true,
			Started:     &started,
			State:       corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		})
	}
	return status
}

func (a *agent) remove(ctx context.Context, pod *corev1.Pod) {
	atOnce := int64(0)
	a.count("removal", pod, a.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &atOnce,
		Preconditions:      &metav1.Preconditions{UID: &pod.UID},
	}))
}

// count says what failed and goes on: whoever measures sees that the pod does not.
func (a *agent) count(what string, pod *corev1.Pod, err error) {
	if err != nil {
		a.failed.Add(1)
		fmt.Fprintf(os.Stderr, "floor: %s of %s at %s: %v\n", what, pod.Name, time.Now().Format(time.RFC3339), err)
	}
}
