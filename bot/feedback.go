package bot

import "trainingbot/domain"

// closed is what follows for a session that was just closed: those present are asked for their
// feedback (6.1.2).
func (r *request) closed(x domain.Session, present []domain.Attendance) (domain.Change, error) {
	return domain.Change{}, nil
}
