package configs

import (
	"errors"
	"io"

	"trainingbot/domain"
)

// ReadPolicy reads a policy file: the numbers it names replace those of the procedure
// (domain.DefaultPolicy), the lists it names replace theirs whole. Keys that do not exist are
// refused. The error tells every fault at once.
func ReadPolicy(r io.Reader) (domain.Policy, error) {
	p := domain.DefaultPolicy()
	x := &strict{}
	x.readYAML(r, &p)
	return p, errors.Join(append(x.errs, p.Validate())...)
}
