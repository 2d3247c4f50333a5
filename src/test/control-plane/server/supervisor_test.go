package server

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// soon bounds what should take milliseconds.
const soon = 10 * time.Second

// journal is a log that a test can wait on.
type journal struct {
	mutex sync.Mutex // guards text: each program writes from a goroutine of its own
	text  bytes.Buffer
	grown chan struct{}
}

func newJournal() *journal { return &journal{grown: make(chan struct{}, 1)} }

func (j *journal) Write(written []byte) (int, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	select {
	case j.grown <- struct{}{}:
	default:
	}
	return j.text.Write(written)
}

func (j *journal) String() string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.text.String()
}

func (j *journal) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(soon)
	for !strings.Contains(j.String(), text) {
		select {
		case <-j.grown:
		case <-deadline:
			t.Fatalf("no %q in the log: %s", text, j)
		}
	}
}

func shell(script string) *exec.Cmd { return exec.Command("sh", "-c", script) }

// untilTold runs until TERM and then does something. The sleeps are short, since a shell acts on a signal only between commands.
func untilTold(what string) *exec.Cmd {
	return shell("trap '" + what + "' TERM; echo up; while :; do sleep 0.02; done")
}

func TestAProgramThatEndsByItselfIsNamedWithItsLastLines(t *testing.T) {
	log := newJournal()
	supervised := newSupervisor(log)
	defer supervised.stop(soon)
	if err := supervised.start("steady", untilTold("exit 0")); err != nil {
		t.Fatal(err)
	}

	if err := supervised.start("fragile", shell("echo reading; echo 'no such file' >&2; exit 3")); err != nil {
		t.Fatal(err)
	}

	select {
	case err := <-supervised.failed:
		for _, told := range []string{"fragile", "exit status 3", "reading\nno such file"} {
			if !strings.Contains(err.Error(), told) {
				t.Errorf("%q is not in: %v", told, err)
			}
		}
	case <-time.After(soon):
		t.Fatal("nobody noticed")
	}
	log.await(t, "fragile: no such file\n")
}

func TestAnEndWithoutAnErrorIsNoticedToo(t *testing.T) {
	supervised := newSupervisor(newJournal())
	if err := supervised.start("brief", shell("exit 0")); err != nil {
		t.Fatal(err)
	}

	select {
	case err := <-supervised.failed:
		if !strings.Contains(err.Error(), "brief ended by itself (exit status 0)") {
			t.Error(err)
		}
	case <-time.After(soon):
		t.Fatal("nobody noticed")
	}
}

func TestProgramsStopInTheReverseOrderOfTheirStart(t *testing.T) {
	log := newJournal()
	supervised := newSupervisor(log)
	order := filepath.Join(t.TempDir(), "order")
	for _, name := range []string{"first", "second", "third"} {
		if err := supervised.start(name, untilTold(fmt.Sprintf("echo %s >>%s; exit 0", name, order))); err != nil {
			t.Fatal(err)
		}
		log.await(t, name+": up\n")
	}

	supervised.stop(soon)

	if got := read(t, order); got != "third\nsecond\nfirst\n" {
		t.Errorf("order: %s", got)
	}
}

func TestAProgramThatIgnoresTheStopIsKilledAndNamed(t *testing.T) {
	log := newJournal()
	supervised := newSupervisor(log)
	if err := supervised.start("deaf", untilTold("")); err != nil {
		t.Fatal(err)
	}
	log.await(t, "deaf: up\n")

	supervised.stop(50 * time.Millisecond)

	select {
	case <-supervised.programs[0].ended:
	default:
		t.Error("it still runs")
	}
	log.await(t, "deaf did not end within 50ms and was killed\n")
}

func TestAProgramThatIsReplacedIsNobodysFailureAndKeepsItsPlace(t *testing.T) {
	log := newJournal()
	supervised := newSupervisor(log)
	order := filepath.Join(t.TempDir(), "order")
	endsAs := func(name string) *exec.Cmd { return untilTold(fmt.Sprintf("echo %s >>%s; exit 0", name, order)) }
	for _, name := range []string{"first", "second"} {
		if err := supervised.start(name, endsAs(name)); err != nil {
			t.Fatal(err)
		}
		log.await(t, name+": up\n")
	}
	former := supervised.programs[0]

	if err := supervised.replace("first", shell("echo anew; exec sleep 60")); err != nil {
		t.Fatal(err)
	}

	log.await(t, "first: anew\n")
	<-former.ended
	supervised.stop(soon)
	if got := read(t, order); got != "second\n" {
		t.Errorf("ended when asked to: %q, and first was to be killed", got)
	}
	if got := supervised.programs[0].state; got != "signal: terminated" {
		t.Errorf("the one in its place: %s", got)
	}
	// Those that were stopped are told of; the one that was killed would have come first.
	if err := <-supervised.failed; strings.Contains(err.Error(), "killed") {
		t.Error(err)
	}
}

func TestAProgramThatWasReplacedIsWatchedInItsTurn(t *testing.T) {
	supervised := newSupervisor(newJournal())
	if err := supervised.start("steady", untilTold("exit 0")); err != nil {
		t.Fatal(err)
	}

	if err := supervised.replace("steady", shell("exit 3")); err != nil {
		t.Fatal(err)
	}

	select {
	case err := <-supervised.failed:
		if !strings.Contains(err.Error(), "steady ended by itself (exit status 3)") {
			t.Error(err)
		}
	case <-time.After(soon):
		t.Fatal("nobody noticed")
	}
}

func TestOnlyWhatRunsCanBeReplaced(t *testing.T) {
	err := newSupervisor(newJournal()).replace("absent", shell("exit 0"))

	if err == nil || !strings.Contains(err.Error(), "absent does not run") {
		t.Errorf("error %v", err)
	}
}

func TestAProgramThatCannotBeStartedIsNamed(t *testing.T) {
	err := newSupervisor(newJournal()).start("absent", exec.Command("/no/such/program"))

	if err == nil || !strings.Contains(err.Error(), "absent cannot be started") {
		t.Errorf("error %v", err)
	}
}

func TestTheTailIsTheLastLinesAndOneWithoutItsEnd(t *testing.T) {
	printed := &output{to: newJournal()}
	for i := range tailLines + 5 {
		fmt.Fprintf(printed, "line %d\n", i)
	}
	fmt.Fprint(printed, "panic: ha")

	lines := strings.Split(printed.tail(), "\n")

	if len(lines) != tailLines+1 || lines[0] != "line 5" || lines[tailLines] != "panic: ha" {
		t.Errorf("%d lines, from %q to %q", len(lines), lines[0], lines[len(lines)-1])
	}
}
