// A shelter flags a case, its duty desk accepts the referral, and a colleague who was slower gets a typed refusal.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.ts";

type Schemas = components["schemas"];

declare const process: { env: Record<string, string | undefined> };

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function client(token: string) {
  return createClient<paths>({
    baseUrl: setting("CANALIZA_URL"),
    headers: { Authorization: `Bearer ${token}` },
  });
}

const shelter = client(setting("SHELTER_TOKEN"));
const desk = client(setting("DESK_TOKEN"));

const body: Schemas["Submission"] = {
  submission_id: crypto.randomUUID(),
  kind: "person",
  shelter: "ALB-TAP-01",
  worker: "w-007",
  occurred_at: "2026-11-23T09:00:00-06:00",
  screening: {
    danger_now: "no",
    medical_now: "no",
    age_band: "12-14",
    age_certainty: "stated",
    accompaniment: "alone",
    fear_of_return: "yes",
    language: "es",
    interpreter_needed: false,
    planned_departure: "24h",
    safe_contact: "shelter_only",
    needs: ["child_protection"],
  },
  best_interests: { assent: "yes", basis: "assessment_started" },
};

const submitted = await shelter.POST("/api/v1/submissions", { body });
if (submitted.data === undefined) throw new Error(submitted.error.code);
const caseId: string = submitted.data.case_id;

async function referralOf(id: string): Promise<Schemas["Referral"]> {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    const listed = await desk.GET("/api/v1/referrals", { params: { query: { case: id } } });
    if (listed.data === undefined) throw new Error(listed.error.code);
    const referral = listed.data.items[0];
    if (referral !== undefined) return referral;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no referral came");
}

async function accept(referral: Schemas["Referral"]) {
  return await desk.POST("/api/v1/referrals/{referral_id}/accept", {
    params: { path: { referral_id: referral.referral_id } },
    body: { command_id: crypto.randomUUID(), expected_version: referral.version },
  });
}

const referral = await referralOf(caseId);
const accepted = await accept(referral);
if (accepted.data === undefined) throw new Error(accepted.error.code);
const slower = await accept(referral);
if (slower.error === undefined) throw new Error("two colleagues accepted the same referral");
const refusal: Schemas["Problem"] = slower.error;

console.log(
  JSON.stringify({
    submitted: submitted.response.status,
    state: accepted.data.state,
    slower: slower.response.status,
    code: refusal.code,
    title: refusal.title,
  }),
);
