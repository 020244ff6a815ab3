"""The form of each operation on an assignment."""

from bihuan.supervision.forms import closing, deciding, handling, lights, pressing, reviewing
from bihuan.supervision.forms.base import OperationForm
from bihuan.supervision.operations import Operation

FORMS: dict[Operation, type[OperationForm]] = {
    Operation.SIGN: handling.SignForm,
    Operation.DECLINE: handling.DeclineForm,
    Operation.REPORT: handling.ReportForm,
    Operation.COMPLETE: handling.CompletionForm,
    Operation.RECORD: handling.RecordForm,
    Operation.RETRACT: handling.RetractionForm,
    Operation.SIGN_OFF: handling.SignOffForm,
    Operation.SEND_BACK: handling.SendBackForm,
    Operation.BREAK_DOWN: handling.PartsForm,
    Operation.OBSTACLE: handling.ObstacleForm,
    Operation.EXPLAIN: handling.ExplanationForm,
    Operation.EXTEND: deciding.ExtensionForm,
    Operation.ENDORSE: deciding.EndorsementForm,
    Operation.WITHDRAW: deciding.WithdrawalForm,
    Operation.GRANT: deciding.GrantForm,
    Operation.REFUSE: deciding.RefusalForm,
    Operation.INSIST: deciding.InsistenceForm,
    Operation.REASSIGN: deciding.ReassignmentForm,
    Operation.TRANSFER: deciding.TransferForm,
    Operation.JOIN: deciding.JoiningForm,
    Operation.SUSPEND: deciding.SuspensionForm,
    Operation.RESUME: deciding.ResumptionForm,
    Operation.LIGHT: lights.LightForm,
    Operation.ACCEPT_REPORT: reviewing.ReportAcceptanceForm,
    Operation.RETURN_REPORT: reviewing.ReportReturnForm,
    Operation.REVIEW: reviewing.ReviewForm,
    Operation.URGE: pressing.UrgeForm,
    Operation.SLIP: pressing.SlipForm,
    Operation.INSTRUCT: pressing.InstructionForm,
    Operation.ANSWER: pressing.AnswerForm,
    Operation.PUBLICISE: closing.PublicityForm,
    Operation.OBJECT: closing.ObjectionForm,
    Operation.WRITE_OFF: closing.WriteOffForm,
    Operation.LOOK_BACK: closing.LookBackForm,
    Operation.CANCEL: closing.CancellationForm,
}

__all__ = ["FORMS", "OperationForm"]
