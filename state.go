package transship

import (
	"fmt"
	"slices"
	"time"
)

// State is where a job is in its life (S3 Control API, shape JobStatus).
type State string

// The thirteen states.
const (
	New        State = "New"
	Preparing  State = "Preparing"
	Suspended  State = "Suspended"
	Ready      State = "Ready"
	Active     State = "Active"
	Pausing    State = "Pausing"
	Paused     State = "Paused"
	Completing State = "Completing"
	Complete   State = "Complete"
	Cancelling State = "Cancelling"
	Cancelled  State = "Cancelled"
	Failing    State = "Failing"
	Failed     State = "Failed"
)

// States lists all thirteen.
var States = []State{New, Preparing, Suspended, Ready, Active, Pausing, Paused, Completing, Complete, Cancelling, Cancelled, Failing, Failed}

// moves is the diagram of reference 5.1.
var moves = map[State][]State{
	New:        {Preparing, Cancelling},
	Preparing:  {Suspended, Ready, Failing, Cancelling},
	Suspended:  {Ready, Cancelled, Failed},
	Ready:      {Active, Cancelling},
	Active:     {Pausing, Completing, Failing, Cancelling},
	Pausing:    {Paused, Failing, Cancelling},
	Paused:     {Active, Cancelling},
	Completing: {Complete, Failing, Cancelling},
	Cancelling: {Cancelled, Failing},
	Failing:    {Failed},
}

// ParseState is the state of that name.
func ParseState(s string) (State, error) {
	if slices.Contains(States, State(s)) {
		return State(s), nil
	}
	return "", &Error{Code: Invalid, Message: fmt.Sprintf("%q is not a job status", s)}
}

// Terminal reports whether a job in s has ended for good.
func (s State) Terminal() bool { return s == Complete || s == Cancelled || s == Failed }

// CanMove reports whether the move from s to t is legal.
func (s State) CanMove(t State) bool { return slices.Contains(moves[s], t) }

// Move takes the job to state t at time now and keeps its timers: the only way
// in which a state changes. An illegal move is refused with code
// [IllegalState] and changes nothing.
func (j *Job) Move(t State, now time.Time) error {
	if !j.State.CanMove(t) {
		return &Error{Code: IllegalState, Op: "change job " + j.ID,
			Message: fmt.Sprintf("a job that is %s cannot become %s", j.State, t)}
	}
	if j.State == Active {
		j.ActiveSeconds = j.Elapsed(now).Seconds()
		j.ActiveSince = time.Time{}
	}
	switch {
	case t == Active:
		j.ActiveSince = now
	case t == Suspended:
		j.Suspended = now
	case t.Terminal():
		j.Ended = now
	case t == Completing || t == Cancelling || t == Failing:
		if j.Ending.IsZero() {
			j.Ending = now
		}
	}
	j.State = t
	return nil
}
