package storage

import (
	"context"
	"sync"
)

// batchMost is the most work one commit takes along.
const batchMost = 64

// group commits in batches: a batch is whatever arrived while the one before was being committed,
// at most batchMost. Nothing ever waits for a batch to fill.
type group[T any] struct {
	in   chan T
	done sync.WaitGroup

	mu     sync.RWMutex // held for reading while sending to in
	closed bool
}

// newGroup starts workers that each run one batch at a time. start makes a worker's run and what
// gives back what it holds at the end.
func newGroup[T any](workers int, start func() (run func(batch []T), end func())) *group[T] {
	g := &group[T]{in: make(chan T, 4*batchMost)}
	for range workers {
		run, end := start()
		g.done.Go(func() {
			defer end()
			g.work(run)
		})
	}
	return g
}

func (g *group[T]) work(run func([]T)) {
	batch := make([]T, 0, batchMost)
	for first := range g.in {
		batch = append(batch[:0], first)
	fill:
		for len(batch) < batchMost {
			select {
			case next, ok := <-g.in:
				if !ok {
					break fill
				}
				batch = append(batch, next)
			default:
				break fill
			}
		}
		run(batch)
		clear(batch)
	}
}

// add hands over one piece of work; whoever runs it tells its sender.
func (g *group[T]) add(ctx context.Context, piece T) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return errClosed
	}
	select {
	case g.in <- piece:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop refuses new work and waits until what has been handed over is done.
func (g *group[T]) stop() {
	g.mu.Lock()
	closed := g.closed
	g.closed = true
	if !closed {
		close(g.in)
	}
	g.mu.Unlock()
	g.done.Wait()
}
