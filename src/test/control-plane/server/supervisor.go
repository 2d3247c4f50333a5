package server

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// tailLines is how much of a program's output is told again when it ends by itself.
const tailLines = 20

// program is a child process that is meant to run until it is stopped.
type program struct {
	name    string
	process *os.Process
	output  *output
	ended   chan struct{} // closed once it has ended; state is set before
	state   string
	retired atomic.Bool // its end is wanted, and nobody's failure
}

// start runs command as a child. Each line that it prints goes to log, prefixed with its name.
func start(name string, command *exec.Cmd, log io.Writer) (*program, error) {
	p := &program{name: name, output: &output{prefix: name + ": ", to: log}, ended: make(chan struct{})}
	command.Stdout, command.Stderr = p.output, p.output
	command.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true,            // a Ctrl-C in a terminal is for the supervisor alone, which stops its children in order
		Pdeathsig: syscall.SIGKILL, // and if it is killed itself, none is left behind
	}
	started := make(chan error)
	go func() {
		// The kernel sends Pdeathsig when the thread that started the child ends, so this one must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		if err == nil {
			p.process = command.Process
		}
		started <- err
		if err != nil {
			return
		}
		if err := command.Wait(); err != nil {
			p.state = err.Error()
		} else {
			p.state = "exit status 0"
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", name, err)
	}
	return p, nil
}

// failure says how a program that should still run came to its end.
func (p *program) failure() error {
	return fmt.Errorf("%s ended by itself (%s); its last lines:\n%s", p.name, p.state, p.output.tail())
}

// stop asks the program to end and, when it has not within patience, ends it. It tells whether the program ended when asked.
func (p *program) stop(patience time.Duration) (willingly bool) {
	// An error here and in kill means that it has just ended, which is what is wanted.
	_ = p.process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return true
	case <-time.After(patience):
	}
	p.kill()
	return false
}

// kill returns once the program has ended.
func (p *program) kill() {
	_ = p.process.Kill()
	<-p.ended
}

// output passes whole lines on and keeps the last of them.
type output struct {
	prefix string
	to     io.Writer

	mutex   sync.Mutex // guards what follows: the child may write while a failure reads
	partial []byte
	last    []string
}

func (o *output) Write(written []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.partial = append(o.partial, written...)
	for {
		line, rest, complete := bytes.Cut(o.partial, []byte("\n"))
		if !complete {
			return len(written), nil
		}
		o.partial = rest
		o.last = append(o.last, string(line))
		if len(o.last) > tailLines {
			o.last = o.last[1:]
		}
		if _, err := fmt.Fprintf(o.to, "%s%s\n", o.prefix, line); err != nil {
			return 0, err
		}
	}
}

// tail is the last lines, one of them perhaps without its end.
func (o *output) tail() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	lines := o.last
	if len(o.partial) > 0 {
		lines = append(lines[:len(lines):len(lines)], string(o.partial))
	}
	return strings.Join(lines, "\n")
}

// supervisor holds the programs in the order in which they started.
type supervisor struct {
	programs []*program
	failed   chan error // the first end that nobody asked for
	log      io.Writer
}

func newSupervisor(log io.Writer) *supervisor {
	return &supervisor{failed: make(chan error, 1), log: log}
}

// start runs one more program and watches it.
func (s *supervisor) start(name string, command *exec.Cmd) error {
	started, err := start(name, command, s.log)
	if err != nil {
		return err
	}
	s.programs = append(s.programs, started)
	s.watch(started)
	return nil
}

// replace kills a program, without any warning, and runs it anew in its place.
func (s *supervisor) replace(name string, command *exec.Cmd) error {
	i := slices.IndexFunc(s.programs, func(p *program) bool { return p.name == name })
	if i < 0 {
		return fmt.Errorf("%s does not run", name)
	}
	s.programs[i].retired.Store(true)
	s.programs[i].kill()
	started, err := start(name, command, s.log)
	if err != nil {
		return err
	}
	s.programs[i] = started
	s.watch(started)
	return nil
}

func (s *supervisor) watch(started *program) {
	go func() {
		<-started.ended
		if started.retired.Load() {
			return
		}
		select {
		case s.failed <- started.failure():
		default: // another one was first, or all of them are being stopped
		}
	}()
}

// stop ends the programs, the last started first, since each needs those before it to end well.
func (s *supervisor) stop(patience time.Duration) {
	for i := len(s.programs) - 1; i >= 0; i-- {
		p := s.programs[i]
		if !p.stop(patience) {
			fmt.Fprintf(s.log, "%s did not end within %s and was killed\n", p.name, patience)
		}
	}
}
