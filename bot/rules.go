package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// holidays shows a year's notice, or changes one day of it (mission E4).
func holidays(r *request) (domain.Change, error) {
	if !r.args.Has("改为") {
		year := r.today().Year
		if r.args.Has("年") {
			year = r.args.Number("年")
		}
		if r.args.Has("日期") {
			year = r.args.Date("日期").Year
		}
		return say("%s", r.yearLines(year))
	}
	if !r.args.Has("日期") {
		return domain.Change{}, domain.Refuse(domain.Invalid, "", "请写明哪一天。例：节假日 2026-02-24 改为休")
	}
	day := r.args.Date("日期")
	calendar, err := r.calendar()
	if err != nil {
		return domain.Change{}, err
	}
	y, ok := calendar.Notice(day.Year)
	if !ok {
		return domain.Change{}, domain.Refuse(domain.Unready, "", fmt.Sprintf("%d年的放假通知还没有载入，请先在服务器上运行 trainingbot calendar import 文件，再改单日。", day.Year))
	}
	y.Days = slices.DeleteFunc(slices.Clone(y.Days), func(d domain.Day) bool { return d.Date == day })
	rest := r.args.Choice("改为") == "休"
	if natural := day.Weekday() != time.Saturday && day.Weekday() != time.Sunday; rest == natural {
		kind := domain.HolidayDay
		if !rest {
			kind = domain.MakeUpDay
		}
		y.Days = append(y.Days, domain.Day{Date: day, Kind: kind, Name: "临时调整"})
	}
	slices.SortFunc(y.Days, func(a, b domain.Day) int { return a.Date.Compare(b.Date) })
	if err := y.Validate(); err != nil {
		return domain.Change{}, domain.Refuse(domain.Invalid, "", fmt.Sprintf("%s不能这样改：放假安排会变得不完整。", day.Chinese()))
	}
	if calendar.Working(day) != rest {
		return say("%s本来就是%s，不用改。", day.Chinese(), map[bool]string{true: "休息日", false: "工作日"}[rest])
	}
	text := fmt.Sprintf("已改：%s为%s日，还没办完的期限会跟着重算。", day.Chinese(), map[bool]string{true: "休息", false: "上班"}[rest])
	return domain.Change{
		Years: []domain.Year{y},
		Audit: []domain.Audit{{At: r.Now, Office: r.Office.ID, Actor: r.By.ID, Act: "calendar.change", Subject: day.String(), Text: text}},
		Reply: domain.Answer{Body: domain.Say(text)},
	}, nil
}

// calendar is the one in force, with the notices another replica has changed a moment ago.
func (r *request) calendar() (domain.Calendar, error) {
	c := r.sop.Calendar
	years, err := r.view.Years()
	for _, y := range years {
		if with, err := c.With(y); err == nil { // one that is wrong is not in force either
			c = with
		}
	}
	return c, err
}

func (r *request) yearLines(year int) string {
	y, ok := r.sop.Calendar.Notice(year)
	if !ok {
		return fmt.Sprintf("%d年的放假通知还没有载入，日期按周末暂定。通知公布后，在服务器上运行 trainingbot calendar import 文件。", year)
	}
	var off, work []string
	for i := 0; i < len(y.Days); {
		first, last := y.Days[i], y.Days[i]
		for i++; i < len(y.Days) && y.Days[i].Kind == first.Kind && y.Days[i].Name == first.Name && y.Days[i].Date == last.Date.AddDays(1); i++ {
			last = y.Days[i]
		}
		switch {
		case first.Kind == domain.MakeUpDay:
			work = append(work, first.Date.Chinese())
		case first == last:
			off = append(off, first.Name+" "+first.Date.Chinese())
		default:
			off = append(off, fmt.Sprintf("%s %s至%s", first.Name, first.Date.Chinese(), last.Date.Chinese()))
		}
	}
	return fmt.Sprintf("%d年放假安排\n放假：%s\n补班：%s", year, strings.Join(off, "；"), strings.Join(work, "、"))
}
