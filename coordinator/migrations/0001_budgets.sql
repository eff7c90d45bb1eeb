CREATE TABLE "budget_changes" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "budget_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"task" text NOT NULL,
	"who" text NOT NULL,
	"why" text NOT NULL,
	"old_epsilon" double precision,
	"new_epsilon" double precision NOT NULL,
	"changed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"task" text PRIMARY KEY NOT NULL,
	"epsilon" double precision NOT NULL,
	"delta" double precision NOT NULL,
	"period_days" double precision,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "budgets_epsilon" CHECK ("budgets"."epsilon" > 0 and "budgets"."epsilon" < 'Infinity'),
	CONSTRAINT "budgets_delta" CHECK ("budgets"."delta" > 0 and "budgets"."delta" < 1),
	CONSTRAINT "budgets_period" CHECK ("budgets"."period_days" > 0)
);
--> statement-breakpoint
CREATE TABLE "charges" (
	"id" text PRIMARY KEY NOT NULL,
	"task" text NOT NULL,
	"round" integer NOT NULL,
	"period" integer NOT NULL,
	"event" jsonb NOT NULL,
	"guarded_event" jsonb,
	"epsilon" double precision NOT NULL,
	"charged_at" timestamp with time zone NOT NULL,
	CONSTRAINT "charges_task_round" UNIQUE("task","round"),
	CONSTRAINT "charges_id_task_round" UNIQUE("id","task","round")
);
--> statement-breakpoint
ALTER TABLE "releases" ADD COLUMN "charge" text;--> statement-breakpoint
ALTER TABLE "budget_changes" ADD CONSTRAINT "budget_changes_task_budgets_task_fk" FOREIGN KEY ("task") REFERENCES "public"."budgets"("task") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_task_tasks_name_fk" FOREIGN KEY ("task") REFERENCES "public"."tasks"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "charges" ADD CONSTRAINT "charges_id_rounds_round_id_fk" FOREIGN KEY ("id") REFERENCES "public"."rounds"("round_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "charges" ADD CONSTRAINT "charges_task_budgets_task_fk" FOREIGN KEY ("task") REFERENCES "public"."budgets"("task") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "charges" ADD CONSTRAINT "charges_task_round_rounds_task_number_fk" FOREIGN KEY ("task","round") REFERENCES "public"."rounds"("task","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "charges_task_period" ON "charges" USING btree ("task","period");--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_charge" FOREIGN KEY ("charge","task","round") REFERENCES "public"."charges"("id","task","round") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_charge_unique" UNIQUE("charge");