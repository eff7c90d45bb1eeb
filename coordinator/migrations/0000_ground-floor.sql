CREATE TABLE "blobs" (
	"hash" text PRIMARY KEY NOT NULL,
	"bytes" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "release_parts" (
	"task" text NOT NULL,
	"round" integer NOT NULL,
	"audience" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "release_parts_task_round_audience_hash_pk" PRIMARY KEY("task","round","audience","hash")
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"task" text NOT NULL,
	"round" integer NOT NULL,
	"model_hash" text NOT NULL,
	"manifest" jsonb NOT NULL,
	"state_manifest" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "releases_task_round_pk" PRIMARY KEY("task","round")
);
--> statement-breakpoint
CREATE TABLE "rounds" (
	"task" text NOT NULL,
	"number" integer NOT NULL,
	"round_id" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"devices" integer NOT NULL,
	"survivors" integer,
	"metrics" jsonb,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "rounds_task_number_pk" PRIMARY KEY("task","number"),
	CONSTRAINT "rounds_round_id_unique" UNIQUE("round_id"),
	CONSTRAINT "rounds_state" CHECK ("rounds"."state" in ('running', 'released', 'aborted')),
	CONSTRAINT "rounds_reason" CHECK (("rounds"."state" = 'aborted') = ("rounds"."reason" is not null))
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"name" text PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"settings" jsonb NOT NULL,
	"population" integer NOT NULL,
	"share" double precision NOT NULL,
	"catalogue_hash" text NOT NULL,
	"items" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "release_parts" ADD CONSTRAINT "release_parts_hash_blobs_hash_fk" FOREIGN KEY ("hash") REFERENCES "public"."blobs"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "release_parts" ADD CONSTRAINT "release_parts_task_round_releases_task_round_fk" FOREIGN KEY ("task","round") REFERENCES "public"."releases"("task","round") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_task_tasks_name_fk" FOREIGN KEY ("task") REFERENCES "public"."tasks"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rounds" ADD CONSTRAINT "rounds_task_tasks_name_fk" FOREIGN KEY ("task") REFERENCES "public"."tasks"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_catalogue_hash_blobs_hash_fk" FOREIGN KEY ("catalogue_hash") REFERENCES "public"."blobs"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "release_parts_hash" ON "release_parts" USING btree ("hash");